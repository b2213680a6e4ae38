/// Along which axis of a value the channels of a map lie.
package enum ChannelView: Hashable, Sendable {
  /// One map for all elements; it has one channel.
  case uniform
  /// One map for each position along an axis, counted from the first.
  case axis(Int, count: Int)

  /// The number of channels.
  package var count: Int {
    switch self {
    case .uniform: 1
    case .axis(_, let count): count
    }
  }

  package var axis: Int? {
    if case .axis(let axis, _) = self { axis } else { nil }
  }
}
