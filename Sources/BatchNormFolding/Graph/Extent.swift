/// The length of an axis, as far as it is known before anything runs.
package enum Extent: Hashable, Sendable {
  case size(Int)
  /// Not known, but the same wherever the number is the same.
  case symbol(Int)
  case unknown

  package var size: Int? {
    if case .size(let size) = self { size } else { nil }
  }
}
