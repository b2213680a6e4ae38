extension BFloat16: StoredElement {
  package static var storage: StorageType { .bfloat16 }
  package var widened: Double { Double(Float(bitPattern: UInt32(bits) << 16)) }
  package init(representing value: Double) {
    self.init(bits: UInt16(truncatingIfNeeded: Float(value).bitPattern >> 16))
  }

  @inline(__always)
  package static func load(_ chunk: borrowing MutableSpan<BFloat16>, _ index: Int) -> SIMD8<Double> {
    var values = SIMD8<Float>()
    for lane in 0..<8 { values[lane] = Float(bitPattern: UInt32(chunk[index + lane].bits) << 16) }
    return SIMD8<Double>(values)
  }

  @inline(__always)
  package static func rounded(_ values: SIMD8<Double>) -> SIMD8<Double> { values.rounded(droppingBits: 53 - 8) }

  @inline(__always)
  package static func store(_ values: SIMD8<Double>, in chunk: inout MutableSpan<BFloat16>, _ index: Int) {
    let narrow = SIMD8<Float>(values)
    for lane in 0..<8 {
      chunk[index + lane] = BFloat16(bits: UInt16(truncatingIfNeeded: narrow[lane].bitPattern >> 16))
    }
  }

  package static func scale(
    _ chunk: inout MutableSpan<BFloat16>, from first: Int, map: ChannelMap, by arithmetic: FoldArithmetic
  ) -> ChunkOutcome { arithmetic.scaleElements(&chunk, from: first, map: map) }

  package static func observe(
    _ original: Span<BFloat16>, _ folded: Span<BFloat16>, from first: Int, map: ChannelMap, in error: inout FoldError
  ) { error.observeElements(original: original, folded: folded, from: first, map: map) }

  package static func observe(
    _ chunk: Span<BFloat16>, from first: Int, map: ChannelMap, in magnitudes: inout ChannelMagnitudes
  ) { magnitudes.observeElements(chunk, from: first, map: map) }
}
