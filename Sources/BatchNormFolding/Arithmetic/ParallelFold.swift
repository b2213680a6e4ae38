/// A per-channel map of a linear operator's own input that is added to its output, as a norm on an identity branch
/// is: one weight element of each output channel, that which hands on the same input channel, gets the map's scale
/// added.
package struct ParallelFold: Sendable {
  /// What is added, as a map of the operator's stored input; per output channel.
  ///
  /// It is composed already with what stands behind the sum, of that the scales alone (`linearPart`): its image of 0
  /// is added to the bias as it is, and the shift behind the sum counts once, with the operator's own map.
  package let affine: ChannelAffine

  /// For each output channel the index of its weight element.
  package let elements: [Int]

  /// - Precondition: There is an element for each channel.
  package init(affine: ChannelAffine, elements: [Int]) {
    precondition(elements.count == affine.channels, "a parallel map must have an element for each channel")
    (self.affine, self.elements) = (affine, elements)
  }
}
