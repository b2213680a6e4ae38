extension Float16: StoredElement {
  package static var storage: StorageType { .float16 }
  package var widened: Double { Double(self) }
  package init(representing value: Double) { self.init(value) }

  /// By integer operations: processors without half precision would call a function for each element.
  @inline(__always)
  package static func load(_ chunk: borrowing MutableSpan<Float16>, _ index: Int) -> SIMD8<Double> {
    var values = SIMD8<Float>()
    for lane in 0..<8 {
      let bits = UInt32(chunk[index + lane].bitPattern)
      let size = bits & 0x7FFF
      // The exponents' biases differ by 112; subnormal numbers, infinity and NaN are left to `widened`.
      let isNormal = size &- 0x0400 < 0x7800
      let wide = isNormal ? size << 13 &+ 112 << 23 : size == 0 ? 0 : 0x7FC0_0000
      values[lane] = Float(bitPattern: wide | (bits & 0x8000) << 16)
    }
    return SIMD8<Double>(values)
  }

  @inline(__always)
  package static func rounded(_ values: SIMD8<Double>) -> SIMD8<Double> { values.rounded(droppingBits: 53 - 11) }

  @inline(__always)
  package static func store(_ values: SIMD8<Double>, in chunk: inout MutableSpan<Float16>, _ index: Int) {
    let narrow = SIMD8<Float>(values)
    for lane in 0..<8 {
      let bits = narrow[lane].bitPattern
      let size = bits & 0x7FFF_FFFF
      let half = size == 0 ? 0 : (size &- 112 << 23) >> 13
      chunk[index + lane] = Float16(bitPattern: UInt16(truncatingIfNeeded: half | (bits >> 16) & 0x8000))
    }
  }

  package static func scale(
    _ chunk: inout MutableSpan<Float16>, from first: Int, map: ChannelMap, by arithmetic: FoldArithmetic
  ) -> ChunkOutcome { arithmetic.scaleElements(&chunk, from: first, map: map) }

  package static func observe(
    _ original: Span<Float16>, _ folded: Span<Float16>, from first: Int, map: ChannelMap, in error: inout FoldError
  ) { error.observeElements(original: original, folded: folded, from: first, map: map) }

  package static func observe(
    _ chunk: Span<Float16>, from first: Int, map: ChannelMap, in magnitudes: inout ChannelMagnitudes
  ) { magnitudes.observeElements(chunk, from: first, map: map) }
}
