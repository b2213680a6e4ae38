import BatchNormFolding
import ModelGraph
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// Functions that one node alone calls.
@Suite struct CallTests {
  private let folder = TemporaryFolder()

  /// A Conv, then calls of a function one after the other.
  private func reading(
    calls: Int, of name: String = "F", _ body: (inout GraphBytes) -> Void = { $0.node("Relu", ["a"], ["b"]) }
  ) throws -> ModelReading {
    var model = ModelBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c")
      var value = "c"
      for call in 0..<calls {
        $0.node(name, [value], ["y\(call)"], domain: "own")
        value = "y\(call)"
      }
      $0.output(value)
    }
    model.opsets.append(("own", 1))
    model.function("F", domain: "own", inputs: ["a"], outputs: ["b"], opsets: [("", 17), ("own", 1)], body)
    return try model.reading(in: folder)
  }

  @Test func `one call hands its values in and out`() throws {
    let reading = try reading(calls: 1)
    let (id, scope) = try #require(reading.onlyCalls.first)
    func value(_ name: Name, in scope: Int) throws -> ValueID {
      ValueID(try #require(reading.source.values.firstIndex { $0.name == name && $0.scope == scope }))
    }
    let (inner, made) = (try value("a", in: scope), try value("b", in: scope))
    let (outer, result) = (try value("c", in: 0), try value("y0", in: 0))
    #expect(reading.graph[id].inputs == [made, outer] && reading.graph[id].outputs == [result, inner])
    #expect(reading.graph[inner].producer == id && reading.graph[inner].isHandedIn)
    #expect(reading.graph[made].isHandedOut && reading.graph[made].pins.isEmpty)
  }

  @Test(arguments: [0, 2]) func `none and two do not`(calls: Int) throws {
    #expect(try reading(calls: calls).onlyCalls.isEmpty)
  }

  @Test func `nor does a function that calls itself`() throws {
    let reading = try reading(calls: 0) { $0.node("F", ["a"], ["b"], domain: "own") }
    #expect(reading.onlyCalls.isEmpty)
  }
}
