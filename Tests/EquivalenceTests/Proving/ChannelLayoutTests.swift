import Tensors
import Testing

@testable import Equivalence

@Suite struct ChannelLayoutTests {
  @Test(arguments: [
    ([2, 3, 4, 5], 1, 3, 20), ([2, 4, 5, 3], 3, 3, 1), ([8, 3, 8], 1, 3, 8), ([64, 3], 1, 3, 1), ([3, 64], 0, 3, 64),
  ])
  func `channels lie along an axis`(shape: [Int], axis: Int, channels: Int, rowLength: Int) {
    let layout = ChannelLayout(of: shape, along: axis)
    #expect(layout.channels == channels && layout.rowLength(of: shape) == rowLength)
  }

  @Test(
    arguments: [
      ([2, 3, 4, 5], nil), ([60], 0), ([2, 3, 4, 5], 4), ([1, 3, 2, 2], 1), ([2, 0, 40], 1), ([], 1),
    ] as [([Int], Int?)])
  func `a value without channels, or with few elements in each, counts as one`(shape: [Int], axis: Int?) {
    let layout = ChannelLayout(of: shape, along: axis)
    #expect(layout.channels == 1 && layout.rowLength(of: shape) == max(shape.reduce(1, *), 1))
    #expect(layout == ChannelLayout(of: [1], along: nil))
  }

  /// The same numbers, channels first and channels last.
  @Test func `each channel has its own error wherever its axis is`() throws {
    let truth = (0..<192).map { Double($0 / 64) }
    let off = truth.map { $0 + $0 * 0.5 }
    var (first, last) = (
      ChannelErrors(ChannelLayout(of: [1, 3, 64], along: 1)), ChannelErrors(ChannelLayout(of: [64, 3], along: 1))
    )
    first.add(try Tensor(shape: [1, 3, 64], kind: .float64, elements: .float64(off)), against: truth)
    let places = (0..<192).map { $0 % 3 * 64 + $0 / 3 }
    last.add(
      try Tensor(shape: [64, 3], kind: .float64, elements: .float64(places.map { off[$0] })),
      against: places.map { truth[$0] })
    #expect(first.largest == [0, 0.5, 1] && last.largest == first.largest)
  }
}
