extension Float: StoredElement {
  package static var storage: StorageType { .float32 }
  package var widened: Double { Double(self) }
  package init(representing value: Double) { self.init(value) }

  @inline(__always)
  package static func load(_ chunk: borrowing MutableSpan<Float>, _ index: Int) -> SIMD8<Double> {
    var values = SIMD8<Float>()
    for lane in 0..<8 { values[lane] = chunk[index + lane] }
    return SIMD8<Double>(values)
  }

  @inline(__always)
  package static func rounded(_ values: SIMD8<Double>) -> SIMD8<Double> { SIMD8<Double>(SIMD8<Float>(values)) }

  @inline(__always)
  package static func store(_ values: SIMD8<Double>, in chunk: inout MutableSpan<Float>, _ index: Int) {
    let narrow = SIMD8<Float>(values)
    for lane in 0..<8 { chunk[index + lane] = narrow[lane] }
  }

  package static func scale(
    _ chunk: inout MutableSpan<Float>, from first: Int, map: ChannelMap, by arithmetic: FoldArithmetic
  ) -> ChunkOutcome { arithmetic.scaleElements(&chunk, from: first, map: map) }

  package static func observe(
    _ original: Span<Float>, _ folded: Span<Float>, from first: Int, map: ChannelMap, in error: inout FoldError
  ) { error.observeElements(original: original, folded: folded, from: first, map: map) }

  package static func observe(
    _ chunk: Span<Float>, from first: Int, map: ChannelMap, in magnitudes: inout ChannelMagnitudes
  ) { magnitudes.observeElements(chunk, from: first, map: map) }
}
