extension Double: StoredElement {
  package static var storage: StorageType { .float64 }
  package var widened: Double { self }
  package init(representing value: Double) { self = value }

  // A double product cannot decide how a double rounds.

  package static func scaleQuickly(
    _ source: Span<Double>, into target: inout MutableSpan<Double>, lows: Span<Double>, highs: Span<Double>
  ) -> Bool { false }

  package static func scaleQuickly(
    _ source: Span<Double>, into target: inout MutableSpan<Double>, low: Double, high: Double
  ) -> Bool { false }

  package static func scale(
    _ source: Span<Double>, into target: inout MutableSpan<Double>, from first: Int, map: ChannelMap,
    by arithmetic: FoldArithmetic
  ) -> ChunkOutcome { arithmetic.scaleElements(source, into: &target, from: first, map: map) }

  package static func observe(
    _ original: Span<Double>, _ folded: Span<Double>, from first: Int, map: ChannelMap, in error: inout FoldError
  ) { error.observeElements(original: original, folded: folded, from: first, map: map) }

  package static func observe(
    _ chunk: Span<Double>, from first: Int, map: ChannelMap, in magnitudes: inout ChannelMagnitudes
  ) { magnitudes.observeElements(chunk, from: first, map: map) }
}
