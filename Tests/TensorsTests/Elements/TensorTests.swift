import Tensors
import Testing

@Suite struct TensorTests {
  @Test func `knows its rank and the number of its elements`() throws {
    let tensor = try Tensor(shape: [2, 3], [1, 2, 3, 4, 5, 6] as [Int64])
    #expect(tensor.rank == 2 && tensor.count == 6 && tensor.kind == .int64)
    #expect(try Tensor(shape: [], [1] as [Float]).rank == 0)
    #expect(try Tensor(shape: [0, 3], [] as [Float]).count == 0)
  }

  @Test func `every kind but text has real numbers`() throws {
    #expect(try Tensor(shape: [2], [1.5, -2] as [Float]).doubles == [1.5, -2])
    #expect(try Tensor(shape: [1], [-3] as [Int64]).doubles == [-3])
    #expect(try Tensor(shape: [1], kind: .uint64, elements: .integer([-1])).doubles == [0x1p64])
    #expect(try Tensor(shape: [2], kind: .bool, elements: .boolean([true, false])).doubles == [1, 0])
    #expect(try Tensor(shape: [1], kind: .string, elements: .text([[65]])).doubles == nil)
  }

  @Test(arguments: [[2], [], [0], [-1], [.max, .max], [.max, .max, 0, -1], [1 << 62, 4]])
  func `a tensor that does not hold what its shape says is refused`(shape: [Int]) {
    let error = #expect(throws: EvaluationError.self) { _ = try Tensor(shape: shape, [1, 2, 3] as [Float]) }
    #expect(error?.message == "a tensor of shape \(shape) cannot hold 3 elements")
    #expect(error?.code == .unsuitableTensor)
  }

  @Test(
    arguments: [
      (.int8, .float32([1]), "int8 cannot hold real numbers"),
      (.float32, .integer([1]), "float32 cannot hold integers"),
      (.bool, .text([[]]), "bool cannot hold text"), (.string, .boolean([true]), "string cannot hold truth values"),
    ] as [(ElementType, Elements, String)])
  func `a tensor whose elements are not of its kind is refused`(kind: ElementType, elements: Elements, expected: String)
  {
    let error = #expect(throws: EvaluationError.self) { _ = try Tensor(shape: [1], kind: kind, elements: elements) }
    #expect(error?.message == "a tensor of \(expected)")
  }
}
