import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// What the model itself states of shapes.
@Suite struct StatedShapeTests {
  private let folder = TemporaryFolder()

  @Test(arguments: [
    (["N", "3"], ["2", "3"], "2,3"), (["?", "3"], ["N", "3"], "N,3"), (["?", "3"], ["?", "4"], "?,3"),
    (["N", "3"], ["M", "3"], "N,3"), (["?", "3"], ["5"], "?,3"), (["?"], ["-7"], "?"),
  ])
  func `a statement fills what does not follow and changes nothing else`(
    input: [String], note: [String], result: String
  ) throws {
    // What two sizes without a name broadcast to is not known.
    let reading = try read {
      $0.input("a", sizes: input)
      $0.input("b", sizes: input)
      $0.node("Add", ["a", "b"], ["y"])
      $0.note("y", sizes: note)
    }
    #expect(reading.text(of: "y") == result)
  }

  @Test(arguments: ["?", "None", "-1", "..."])
  func `what exporters write for any size is each time a size of its own`(name: String) throws {
    let reading = try read {
      $0.input("x", sizes: [name, "3"])
      $0.input("y", sizes: [name, "3"])
    }
    #expect(reading.text(of: "x") == "#,3" && reading.text(of: "y") == "#,3")
    #expect(reading.value("x")?.shape?[0] != reading.value("y")?.shape?[0])
  }

  @Test func `a name means another size in another graph`() throws {
    let body = GraphBytes {
      $0.input("b", sizes: ["N"])
      $0.node("Relu", ["b"], ["o"])
      $0.output("o")
    }
    let reading = try read {
      $0.input("x", sizes: ["N"])
      $0.node("Loop", [], ["l"], .graph("body", body))
    }
    let sizes = [Name("x"), "b", "o"].compactMap { reading.value($0)?.shape?[0] }
    #expect(sizes.count == 3 && sizes[0] != sizes[1] && sizes[1] == sizes[2])
  }

  @Test func `an initializer has its own shape whatever is stated of it`() throws {
    let reading = try ModelBytes(opset: 9, irVersion: 3) {
      $0.input("w", sizes: ["4"])
      $0.initializer("w", [2, 3])
    }.reading(in: folder)
    #expect(reading.text(of: "w") == "2,3")
  }

  @Test func `an initializer that a caller may override has the shape that is stated`() throws {
    let reading = try read {
      $0.input("w", sizes: ["N", "3"])
      $0.initializer("w", [2, 3])
      $0.node("Identity", ["w"], ["y"])
    }
    #expect(reading.text(of: "w") == "N,3" && reading.text(of: "y") == "N,3")
  }

  @Test func `a sparse initializer has the shape that is stored`() throws {
    let reading = try read {
      $0.sparseInitializer(
        values: TensorBytes("s", [1], [1]), indices: .int64("", [1], [0]), shape: [2, 3])
    }
    #expect(reading.text(of: "s") == "2,3")
  }

  @Test func `attributes that a call gives leave unknown what depends on them`() throws {
    var model = ModelBytes { $0.input("x", sizes: ["2"]) }
    model.opsets.append(("f", 1))
    model.function("F", domain: "f", inputs: ["a"], outputs: ["t"], opsets: [("", 17)]) {
      $0.node("Constant", [], ["c"], .int("value_int", 3))
      $0.node("Flatten", ["a"], ["u"], .reference("axis", to: "axis", type: 2))
      $0.node("Relu", ["c"], ["t"])
    }
    let reading = try model.reading(in: folder)
    #expect(reading.text(of: "u") == nil && reading.text(of: "t") == "")
  }

  private func read(_ build: (inout GraphBytes) -> Void) throws -> ModelReading {
    try ModelBytes(opset: 17, build).reading(in: folder)
  }
}
