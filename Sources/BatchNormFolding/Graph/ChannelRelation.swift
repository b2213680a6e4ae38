/// Which channels of an operator's input and output belong together.
///
/// An element of an output channel is made of elements of the input channels that it is paired with, and of no others.
package struct ChannelRelation: Sendable {
  package let input: ChannelView
  package let output: ChannelView

  /// The paired channels; nil pairs each with the one of the same number.
  private let pairs: (inputs: [Int], outputs: [Int])?

  /// The channels are the same, in order.
  package init(_ view: ChannelView, became output: ChannelView) {
    precondition(view.count == output.count, "related views must have the same channels")
    (input, self.output, pairs) = (view, output, nil)
  }

  /// - Parameters:
  ///   - inputs: A channel of the input for each pair.
  ///   - outputs: As many channels of the output.
  package init(input: ChannelView, output: ChannelView, pairing inputs: [Int], with outputs: [Int]) {
    precondition(inputs.count == outputs.count, "a pair must have two channels")
    (self.input, self.output, pairs) = (input, output, (inputs, outputs))
  }

  /// Channels that row-major reshaping split or joined: of the two counts one divides the other.
  ///
  /// - Returns: nil where neither does.
  package init?(input: ChannelView, output: ChannelView) {
    let (fewer, more) = (min(input.count, output.count), max(input.count, output.count))
    guard fewer > 0, more % fewer == 0 else { return nil }
    let all = Array(0..<more)
    let grouped = all.map { $0 / (more / fewer) }
    let inputHasMore = input.count == more
    self.init(
      input: input, output: output, pairing: inputHasMore ? all : grouped, with: inputHasMore ? grouped : all)
  }

  /// The map before the operator that does what one behind it does.
  ///
  /// What no output is made of stays as it is.
  ///
  /// - Returns: nil where an input channel would need two different maps.
  /// - Complexity: O(pairs × steps).
  func carriedBack(_ affine: ChannelAffine) -> ChannelAffine? {
    guard let pairs else { return affine }
    return Self.carried(affine, from: pairs.outputs, to: pairs.inputs, count: input.count)
  }

  /// The map behind the operator that does what one before it does.
  ///
  /// - Returns: nil where an output channel would need two different maps.
  /// - Complexity: O(pairs × steps).
  func carriedForward(_ affine: ChannelAffine) -> ChannelAffine? {
    guard let pairs else { return affine }
    return Self.carried(affine, from: pairs.inputs, to: pairs.outputs, count: output.count)
  }

  private static func carried(
    _ affine: ChannelAffine, from sources: [Int], to targets: [Int], count: Int
  ) -> ChannelAffine? {
    var selection = [Int?](repeating: nil, count: count)
    for (source, target) in zip(sources, targets) {
      if let other = selection[target] {
        guard affine.hasSameMap(other, source) else { return nil }
      } else {
        selection[target] = source
      }
    }
    return affine.gathered(selection)
  }
}
