/// A bias that is stored as a whole multiple of a step.
package struct BiasMultiple: Sendable {
  package let count: Int32
  /// A number of 32 bits.
  package let step: Float

  /// The multiple that is nearest to a number.
  ///
  /// - Parameter step: The size of the step before it is rounded; its sign does not matter.
  /// - Returns: nil where the multiple would be no integer of 32 bits, or the step 0.
  init?(nearest value: Double, step: Double) {
    let rounded = Float(step.magnitude)
    guard rounded > 0, rounded.isFinite, let count = Int32(exactly: (value / Double(rounded)).rounded(.toNearestOrEven))
    else { return nil }
    (self.count, self.step) = (count, rounded)
  }

  /// What is read of it: the nearest float of the count, times the step as a float.
  var value: Double { Double(Float(count) * step) }
}
