/// A bias that is stored as a whole multiple of a step.
package struct BiasMultiple: Sendable {
  package let count: Int32
  package let step: Double

  /// The type of the step, and of what is read.
  package let storage: StorageType

  /// The multiple that is nearest to a number.
  ///
  /// - Parameters:
  ///   - step: The size of the step before it is rounded; its sign does not matter.
  ///   - storage: The type of the step.
  /// - Returns: nil where the multiple would be no integer of 32 bits, the step 0, or either no number of the type.
  init?(nearest value: DoubleDouble, step: Double, storage: StorageType = .float32) {
    let rounded = storage.rounded(step.magnitude)
    guard rounded > 0, rounded.isFinite,
      let count = Int32(exactly: (value / DoubleDouble(rounded)).roundedToWhole())
    else { return nil }
    (self.count, self.step, self.storage) = (count, rounded, storage)
    guard self.value.isFinite else { return nil }
  }

  /// What is read of it: the nearest number of the count, times the step.
  package var value: Double {
    guard storage != .float64 else { return Double(count) * step }
    return storage.rounded(Double(Float(count) * Float(step)))
  }

  /// What it stands for: the count times the step.
  package var exactValue: DoubleDouble { DoubleDouble(product: Double(count), step) }
}
