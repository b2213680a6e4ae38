/// The channels by which a value is judged, and how they lie.
struct ChannelLayout: Equatable {
  /// The fewest elements of a channel that is looked at by itself.
  private static let fewestElements = 32

  /// The number of channels; 1 for a value that has none, or too few elements in each.
  let channels: Int
  private let axis: Int

  /// - Parameter axis: Along which the channels lie; nil for a value without channels.
  init(of shape: [Int], along axis: Int?) {
    guard let axis, shape.count >= 2, shape.indices.contains(axis), shape[axis] > 0,
      shape.enumerated().reduce(1, { $1.offset == axis ? $0 : $0 * $1.element }) >= Self.fewestElements
    else {
      (channels, self.axis) = (1, 0)
      return
    }
    (channels, self.axis) = (shape[axis], axis)
  }

  /// How many neighbouring elements belong to one channel, in a value of that shape.
  func rowLength(of shape: [Int]) -> Int {
    channels == 1 ? max(shape.reduce(1, *), 1) : shape.dropFirst(axis + 1).reduce(1, *)
  }
}
