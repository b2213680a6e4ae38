extension BFloat16: StoredElement {
  package static var storage: StorageType { .bfloat16 }
  package var widened: Double { Double(Float(bitPattern: UInt32(bits) << 16)) }
  package init(representing value: Double) {
    self.init(bits: UInt16(truncatingIfNeeded: Float(value).bitPattern >> 16))
  }

  /// The lower product, rounded; `doubt` gets a bit where that may not be the right one.
  @inline(__always)
  private func scaledQuickly(_ low: Double, _ high: Double, _ doubt: inout UInt64) -> BFloat16 {
    let lower = (widened * low).rounded(toBits: 8)
    doubt |= lower.bitPattern ^ (widened * high).rounded(toBits: 8).bitPattern
    let wide = Float(lower).bitPattern
    doubt |= UInt64(rangeFlag(wide & 0x7FFF_FFFF, least: 0x0080_0000, end: 0x7F80_0000))
    return BFloat16(bits: UInt16(truncatingIfNeeded: wide >> 16))
  }

  package static func scaleQuickly(
    _ source: Span<BFloat16>, into target: inout MutableSpan<BFloat16>, lows: Span<Double>, highs: Span<Double>
  ) -> Bool {
    guard source.count == target.count, source.count == lows.count, source.count == highs.count else { return false }
    var doubt: UInt64 = 0
    for index in source.indices {
      target[index] = source[index].scaledQuickly(lows[index], highs[index], &doubt)
    }
    return doubt == 0
  }

  package static func scaleQuickly(
    _ source: Span<BFloat16>, into target: inout MutableSpan<BFloat16>, low: Double, high: Double
  ) -> Bool {
    guard source.count == target.count else { return false }
    var doubt: UInt64 = 0
    for index in source.indices { target[index] = source[index].scaledQuickly(low, high, &doubt) }
    return doubt == 0
  }

  package static func scale(
    _ source: Span<BFloat16>, into target: inout MutableSpan<BFloat16>, from first: Int, map: ChannelMap,
    by arithmetic: FoldArithmetic
  ) -> ChunkOutcome { arithmetic.scaleElements(source, into: &target, from: first, map: map) }

  package static func observe(
    _ original: Span<BFloat16>, _ folded: Span<BFloat16>, from first: Int, map: ChannelMap, in error: inout FoldError
  ) { error.observeElements(original: original, folded: folded, from: first, map: map) }

  package static func observe(
    _ chunk: Span<BFloat16>, from first: Int, map: ChannelMap, in magnitudes: inout ChannelMagnitudes
  ) { magnitudes.observeElements(chunk, from: first, map: map) }
}
