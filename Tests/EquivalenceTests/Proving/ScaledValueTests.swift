import Tensors
import Testing

@testable import Equivalence

@Suite struct ScaledValueTests {
  @Test func `each channel is mapped along its axis`() throws {
    let scaled = ScaledValue(name: "n", scale: [2, 3], shift: [0, 1], axis: 1)
    let tensor = try Tensor(shape: [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8] as [Float])
    #expect(try scaled.mapped(tensor)?.doubles == [2, 4, 10, 13, 10, 12, 22, 25])
    #expect(try ScaledValue(name: "n", scale: [2, 3], shift: [0, 1], axis: 2).mapped(tensor)?.doubles?[1] == 7)
  }

  @Test func `a value without these channels has no image`() throws {
    let scaled = ScaledValue(name: "n", scale: [2, 3, 4], shift: [0, 0, 0], axis: 1)
    #expect(try scaled.mapped(Tensor(shape: [2, 2], [1, 2, 3, 4] as [Float])) == nil)
    #expect(try scaled.mapped(Tensor(shape: [3], [1, 2, 3] as [Float])) == nil)
    #expect(try scaled.mapped(Tensor(shape: [1, 3], [1, 2, 3] as [Int64])) == nil)
  }
}
