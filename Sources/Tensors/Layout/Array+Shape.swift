extension [Int] {
  /// The number of elements of a tensor of this shape.
  ///
  /// nil for a negative size, or where the sizes that are not 0 have a product that no integer holds; so any of
  /// them can be multiplied once this is known.
  package var elementCount: Int? {
    var product = 1
    for size in self {
      let (next, overflow) = product.multipliedReportingOverflow(by: Swift.max(size, 1))
      guard size >= 0, !overflow else { return nil }
      product = next
    }
    return contains(0) ? 0 : product
  }
}
