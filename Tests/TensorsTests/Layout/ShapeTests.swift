import Tensors
import Testing

@Suite struct ShapeTests {
  @Test func `strides are those of row-major order`() {
    #expect(Shape.strides(of: [2, 3, 4]) == [12, 4, 1])
    #expect(Shape.strides(of: []) == [])
    #expect(Shape.strides(of: [5]) == [1])
  }

  @Test(
    arguments: [
      ([2, 3], [3], [2, 3]), ([3], [2, 1], [2, 3]), ([], [4, 5], [4, 5]), ([1], [0], [0]), ([2, 0], [1, 1], [2, 0]),
      ([8, 1, 6, 1], [7, 1, 5], [8, 7, 6, 5]),
    ] as [([Int], [Int], [Int])])
  func `shapes broadcast from their ends`(a: [Int], b: [Int], expected: [Int]) {
    #expect(Shape.broadcast(a, b) == expected)
    #expect(Shape.broadcast(b, a) == expected)
  }

  @Test(arguments: [([2], [3]), ([2, 3], [2]), ([0], [2]), ([4, 2, 3], [3, 3])] as [([Int], [Int])])
  func `shapes that do not fit do not broadcast`(a: [Int], b: [Int]) {
    #expect(Shape.broadcast(a, b) == nil)
    #expect(Shape.broadcast(b, a) == nil)
  }

  @Test func `a repeated axis has a stride of 0`() {
    #expect(Shape.strides(of: [2, 1, 4], broadcastTo: [5, 2, 3, 4]) == [0, 4, 0, 1])
    #expect(Shape.strides(of: [1, 4], broadcastTo: [1, 4]) == [4, 1])
  }
}
