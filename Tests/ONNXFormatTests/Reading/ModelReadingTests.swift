import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXFormat

/// How many axes a value has, where it is proven.
@Suite struct ModelReadingTests {
  private let folder = TemporaryFolder()

  @Test(arguments: [([nil, 3, 8, 8], 4), ([], 0), (nil, nil)] as [([Int?]?, Int?)])
  func `an input has the rank that is stated`(shape: [Int?]?, rank: Int?) throws {
    #expect(try self.rank { $0.input("y", shape) } == rank)
  }

  @Test func `an initializer has the rank of its shape`() throws {
    #expect(try rank { $0.initializer("y", [2, 3, 4]) } == 3)
  }

  @Test(arguments: ["Relu", "Transpose", "Softmax", "BatchNormalization", "Dropout", "MaxPool", "Concat"])
  func `most operators keep the rank of their first input`(type: String) throws {
    let rank = try rank {
      $0.input("x", [1, 2, 3])
      $0.input("p", [2])
      let count = OperatorArity.inputLimit(of: type, opset: 17) ?? 5
      $0.node(type, Array(["x", "p", "p", "p", "p"].prefix(count)), ["y"])
    }
    #expect(rank == 3)
  }

  @Test(arguments: ["Add", "Mul", "Where", "Max"])
  func `elementwise operators have the largest rank of their inputs`(type: String) throws {
    #expect(
      try rank {
        $0.input("a", [2])
        $0.input("b", [1, 2, 3])
        $0.node(type, ["a", "b"], ["y"])
      } == 3)
    #expect(
      try rank {
        $0.input("a", nil)
        $0.input("b", [1, 2, 3])
        $0.node(type, ["a", "b"], ["y"])
      } == nil)
  }

  @Test(
    arguments: [
      ([2, 3], [3, 4], 2), ([5, 2, 3], [3, 4], 3), ([2, 3], [5, 3, 4], 3), ([3], [3, 4], 1), ([2, 3], [3], 1),
      ([3], [3], 0), ([3], [5, 3, 4], 2), ([5, 2, 3], [3], 2), ([], [3, 4], nil), ([2, 3], nil, nil),
    ] as [([Int?]?, [Int?]?, Int?)])
  func `a product of matrices loses the axis of a vector`(left: [Int?]?, right: [Int?]?, rank: Int?) throws {
    #expect(
      try self.rank {
        $0.input("a", left)
        $0.input("b", right)
        $0.node("MatMul", ["a", "b"], ["y"])
      } == rank)
  }

  @Test func `a convolution has the rank of its weight`() throws {
    #expect(
      try rank {
        $0.input("x", nil)
        $0.initializer("w", [1, 1, 1, 1])
        $0.node("Conv", ["x", "w"], ["y"])
      } == 4)
  }

  @Test(arguments: ["Gemm", "Flatten"])
  func `some operators have two axes`(type: String) throws {
    #expect(
      try rank {
        $0.input("x", nil)
        $0.node(type, ["x"], ["y"])
      } == 2)
  }

  @Test func `a reshape has as many axes as its shape has numbers`() throws {
    #expect(
      try rank {
        $0.input("x", nil)
        $0.initializer(.int64("s", [3], [0, -1, 4]))
        $0.node("Reshape", ["x", "s"], ["y"])
      } == 3)
    #expect(
      try rank {
        $0.input("x", nil)
        $0.node("Reshape", ["x"], ["y"], .ints("shape", [2, 3]))
      } == 2)
    #expect(
      try rank {
        $0.input("x", [1])
        $0.input("s", [nil], type: 7)
        $0.node("Reshape", ["x", "s"], ["y"])
      } == nil)
  }

  @Test func `what does not follow is taken from what the model states`() throws {
    let stated: (inout GraphBytes) -> Void = {
      $0.input("x", nil)
      $0.node("Op", ["x"], ["y"])
      $0.note("y", [1, nil])
    }
    #expect(try rank(stated) == 2)
    #expect(
      try rank {
        $0.input("x", nil)
        $0.node("Relu", ["x"], ["y"])
        $0.output("y", [nil, nil, nil])
      } == 3)
  }

  @Test func `what follows counts for more than what the model states`() throws {
    #expect(
      try rank {
        $0.input("x", [1, 2])
        $0.node("Relu", ["x"], ["y"])
        $0.note("y", [1, 2, 3])
      } == 2)
  }

  @Test func `somebody else's operator keeps no rank`() throws {
    var model = ModelBytes {
      $0.input("x", [1, 2])
      $0.node("Relu", ["x"], ["y"], domain: "com.example")
    }
    model.opsets.append(("com.example", 1))
    #expect(try model.reading(in: folder).value("y")?.rank == nil)
  }

  private func rank(_ build: (inout GraphBytes) -> Void) throws -> Int? {
    try ModelBytes(opset: 17, build).reading(in: folder).value("y")?.rank
  }
}
