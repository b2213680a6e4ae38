import Tensors
import Testing

@testable import BatchNormFolding

@Suite struct BranchSumTests {
  private static let full: [Dimension] = [.symbol(0), .size(3), .unknown, .unknown]

  @Test func `each branch with every channel has the sum's view`() {
    let sum = BranchSum(shapes: [Self.full, [.size(1), .size(3), .size(1), .size(1)]])
    for branch in 0...1 { #expect(sum.view(of: branch, in: .axis(1, count: 3)) == .axis(1, count: 3)) }
  }

  @Test func `a branch with fewer axes has the channels nearer its first`() {
    let sum = BranchSum(shapes: [Self.full, [.size(3), .size(1), .size(1)]])
    #expect(sum.view(of: 0, in: .axis(1, count: 3)) == .axis(1, count: 3))
    #expect(sum.view(of: 1, in: .axis(1, count: 3)) == .axis(0, count: 3))
  }

  @Test(
    arguments: [
      [.size(1), .size(1), .size(4)], [.unknown, .size(4), .size(4)], [.symbol(1), .size(1), .size(1)], [.size(1)], [],
      [.size(4), .size(4)],
    ] as [[Dimension]])
  func `a branch that is the same for all channels, or may be, has none of its own`(shape: [Dimension]) {
    let sum = BranchSum(shapes: [Self.full, shape])
    #expect(sum.view(of: 1, in: .axis(1, count: 3)) == nil)
  }

  /// A branch of one axis is as wide as the last one, which happens to be as long as there are channels.
  @Test func `a width that equals the channels is no channel axis`() {
    let sum = BranchSum(shapes: [[.symbol(0), .size(3), .size(3)], [.size(3)]])
    #expect(sum.view(of: 1, in: .axis(1, count: 3)) == nil)
    #expect(sum.view(of: 1, in: .axis(2, count: 3)) == .axis(0, count: 3))
  }

  @Test func `one map for all is every branch's`() {
    let sum = BranchSum(shapes: [Self.full, []], isDifference: true)
    #expect(sum.view(of: 1, in: .uniform) == .uniform)
  }
}
