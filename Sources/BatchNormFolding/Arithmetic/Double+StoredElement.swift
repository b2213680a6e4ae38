extension Double: StoredElement {
  package static var storage: StorageType { .float64 }
  package var widened: Double { self }
  package init(representing value: Double) { self = value }

  @inline(__always)
  package static func load(_ chunk: borrowing MutableSpan<Double>, _ index: Int) -> SIMD8<Double> {
    // A double product cannot decide how a double rounds.
    SIMD8(repeating: .nan)
  }

  @inline(__always)
  package static func rounded(_ values: SIMD8<Double>) -> SIMD8<Double> { values }

  @inline(__always)
  package static func store(_ values: SIMD8<Double>, in chunk: inout MutableSpan<Double>, _ index: Int) {
    for lane in 0..<8 { chunk[index + lane] = values[lane] }
  }

  package static func scale(
    _ chunk: inout MutableSpan<Double>, from first: Int, map: ChannelMap, by arithmetic: FoldArithmetic
  ) -> ChunkOutcome { arithmetic.scaleElements(&chunk, from: first, map: map) }

  package static func observe(
    _ original: Span<Double>, _ folded: Span<Double>, from first: Int, map: ChannelMap, in error: inout FoldError
  ) { error.observeElements(original: original, folded: folded, from: first, map: map) }

  package static func observe(
    _ chunk: Span<Double>, from first: Int, map: ChannelMap, in magnitudes: inout ChannelMagnitudes
  ) { magnitudes.observeElements(chunk, from: first, map: map) }
}
