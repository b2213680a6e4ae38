/// What is known of the size of an axis, or of one integer that sizes are computed from.
@usableFromInline
package enum Dimension: Hashable, Sendable {
  case size(Int)
  /// Not known, but the same wherever the number is the same; any size from 0 on.
  case symbol(Int)
  case unknown

  /// The size where it is known.
  @inlinable package var size: Int? {
    if case .size(let size) = self { size } else { nil }
  }

  /// The same, or unknown where no axis can have that size.
  @inlinable package var valid: Dimension {
    if case .size(let size) = self, size < 0 { .unknown } else { self }
  }

  /// The most that is known of one size by two statements of it, of which this one is right where they differ.
  @inlinable package func completed(by other: Dimension) -> Dimension {
    switch (self, other) {
    case (.size, _), (.symbol, .symbol), (.symbol, .unknown): self
    default: other
    }
  }

  /// The most that is known of a size that two places say: unknown where they contradict each other.
  @inlinable package func merged(with other: Dimension) -> Dimension {
    if let size, let otherSize = other.size, size != otherSize { return .unknown }
    return completed(by: other)
  }

  /// The size of an axis that is broadcast by NumPy's rule.
  ///
  /// A size other than 1 wins whatever the other is, because that must be 1 or the same.
  @inlinable package func broadcast(with other: Dimension) -> Dimension {
    switch (self, other) {
    case (.size(1), _): other
    case (_, .size(1)): self
    case (.size(let size), .size(let otherSize)): size == otherSize ? self : .unknown
    case (.size, _): self
    case (_, .size): other
    default: self == other ? self : .unknown
    }
  }
}

extension Dimension {
  @inlinable package static func + (left: Dimension, right: Dimension) -> Dimension {
    switch (left, right) {
    case (.size(0), _): return right
    case (_, .size(0)): return left
    case (.size(let left), .size(let right)):
      let (sum, overflow) = left.addingReportingOverflow(right)
      return overflow ? .unknown : .size(sum)
    default: return .unknown
    }
  }

  @inlinable package static func * (left: Dimension, right: Dimension) -> Dimension {
    switch (left, right) {
    case (.size(0), _), (_, .size(1)): return left
    case (_, .size(0)), (.size(1), _): return right
    case (.size(let left), .size(let right)):
      let (product, overflow) = left.multipliedReportingOverflow(by: right)
      return overflow ? .unknown : .size(product)
    default: return .unknown
    }
  }
}

extension Sequence<Dimension> {
  /// The number of elements of axes of these sizes.
  @inlinable package var product: Dimension { reduce(.size(1), *) }
}
