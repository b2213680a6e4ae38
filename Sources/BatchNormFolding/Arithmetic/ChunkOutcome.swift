/// What became of the elements of a weight.
package struct ChunkOutcome: Equatable, Sendable {
  /// Elements that were finite and no longer are.
  package var newNonFinite = 0

  /// Elements that were infinite or NaN before.
  package var oldNonFinite = 0

  /// Elements that have become subnormal, or 0 though they were not.
  package var newSubnormals = 0

  package init() {}

  /// Whether every element is finite.
  package var isFinite: Bool { newNonFinite == 0 && oldNonFinite == 0 }

  /// Adds what became of further elements.
  package mutating func merge(_ other: ChunkOutcome) {
    newNonFinite += other.newNonFinite
    oldNonFinite += other.oldNonFinite
    newSubnormals += other.newSubnormals
  }
}
