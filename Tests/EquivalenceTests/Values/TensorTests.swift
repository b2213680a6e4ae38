import Equivalence
import Testing

@Suite struct TensorTests {
  @Test func `knows its rank and the number of its elements`() {
    let tensor = Tensor(shape: [2, 3], [1, 2, 3, 4, 5, 6] as [Int64])
    #expect(tensor.rank == 2 && tensor.count == 6 && tensor.kind == .int64)
    #expect(Tensor(shape: [], [1] as [Float]).rank == 0)
  }

  @Test func `every kind but text has real numbers`() {
    #expect(Tensor(shape: [2], [1.5, -2] as [Float]).doubles == [1.5, -2])
    #expect(Tensor(shape: [1], [-3] as [Int64]).doubles == [-3])
    #expect(Tensor(shape: [1], kind: .uint64, elements: .integer([-1])).doubles == [0x1p64])
    #expect(Tensor(shape: [2], kind: .bool, elements: .boolean([true, false])).doubles == [1, 0])
    #expect(Tensor(shape: [1], kind: .string, elements: .text([[65]])).doubles == nil)
  }

  @Test func `a tensor that does not hold what its shape says traps`() async {
    await #expect(processExitsWith: .failure) { _ = Tensor(shape: [2], [1] as [Float]) }
    await #expect(processExitsWith: .failure) { _ = Tensor(shape: [1], kind: .int8, elements: .float32([1])) }
  }
}
