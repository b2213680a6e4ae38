/// What became of the elements of a weight.
package struct ChunkOutcome: Equatable, Sendable {
  /// Elements that were finite and no longer are.
  package var newNonFinite = 0

  /// Elements that were infinite or NaN before.
  package var oldNonFinite = 0

  package init() {}

  /// Whether every element is finite.
  package var isFinite: Bool { newNonFinite == 0 && oldNonFinite == 0 }

  /// Takes one element into account that has become another.
  package mutating func note(_ stored: Double, became folded: Double) {
    if !stored.isFinite {
      oldNonFinite += 1
    } else if !folded.isFinite {
      newNonFinite += 1
    }
  }

  /// Takes back what was noted of one element.
  mutating func retract(_ stored: Double, became folded: Double) {
    if !stored.isFinite {
      oldNonFinite -= 1
    } else if !folded.isFinite {
      newNonFinite -= 1
    }
  }

  /// Adds what became of further elements.
  package mutating func merge(_ other: ChunkOutcome) {
    newNonFinite += other.newNonFinite
    oldNonFinite += other.oldNonFinite
  }
}
