import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// What subgraphs tell of the shapes that their nodes make.
@Suite struct BodyShapeTests {
  private let folder = TemporaryFolder()

  /// A body of what goes round and what is gathered, both of shape `[2, 3]`.
  private static let round = GraphBytes {
    $0.input("i", [], type: 7)
    $0.input("c", [], type: 9)
    $0.input("h", [2, 3])
    $0.node("Identity", ["c"], ["d"])
    $0.node("Relu", ["h"], ["g"])
    $0.node("Neg", ["h"], ["k"])
    for name in ["d", "g", "k"] { $0.output(name) }
  }

  @Test(arguments: [([2, 3], [2, 3]), ([5], [nil, 3])] as [([Int], [Int?])])
  func `a Loop hands on as many axes as it begins with and goes on with`(first: [Int], ranks: [Int?]) throws {
    let reading = try ModelBytes {
      $0.input("x", first)
      $0.node("Loop", ["", "", "x"], ["y", "z"], .graph("body", Self.round))
    }.reading(in: folder)
    #expect(["y", "z"].map { reading.value($0)?.shape?.rank } == ranks)
    #expect(reading.value("z")?.shape?.sizes == nil)
  }

  @Test(arguments: [(9, [2, 3]), (8, [nil, nil])] as [(Int, [Int?])])
  func `a Scan gathers along an axis more`(opset: Int, ranks: [Int?]) throws {
    let body = GraphBytes {
      $0.input("h", [2, 3])
      $0.input("e", [2, 3])
      $0.node("Relu", ["h"], ["g"])
      $0.node("Neg", ["e"], ["k"])
      for name in ["g", "k"] { $0.output(name) }
    }
    var model = ModelBytes {
      $0.input("x", [2, 3])
      $0.input("s", [7, 2, 3])
      $0.node("Scan", ["x", "s"], ["y", "z"], .graph("body", body), .int("num_scan_inputs", 1))
    }
    model.opsets = [("", opset)]
    let reading = try model.reading(in: folder)
    #expect(["y", "z"].map { reading.value($0)?.shape?.rank } == ranks)
  }

  @Test func `an If makes what both of its branches make`() throws {
    func branch(_ shape: [Int], _ name: String) -> GraphBytes {
      GraphBytes {
        $0.initializer(name, shape)
        $0.output(name)
      }
    }
    func shape(_ one: [Int], _ other: [Int]) throws -> ValueShape? {
      try ModelBytes {
        $0.input("c", [], type: 9)
        $0.node("If", ["c"], ["y"], .graph("then_branch", branch(one, "t")), .graph("else_branch", branch(other, "e")))
      }.reading(in: folder).value("y")?.shape
    }
    #expect(try shape([2, 3], [2, 3]) == ValueShape(sizes: [2, 3]))
    #expect(try shape([2, 3], [4, 3]) == ValueShape([.unknown, .size(3)]))
    #expect(try shape([2, 3], [2]) == nil)
  }
}
