extension Float16: StoredElement {
  package static var storage: StorageType { .float16 }
  package var widened: Double { Double(self) }
  package init(representing value: Double) { self.init(value) }

  /// The lower product, rounded; `doubt` gets a bit where that may not be the right one.
  ///
  /// By integer operations: processors without half precision would call a function for each element. Subnormal
  /// numbers, frequent in this type, are multiples of 2⁻²⁴.
  @inline(__always)
  private func scaledQuickly(_ low: Double, _ high: Double, _ doubt: inout UInt64) -> Float16 {
    let size = UInt32(bitPattern & 0x7FFF)
    doubt |= size >= 0x7C00 ? 1 : 0
    // The exponents' biases differ by 112.
    let normal = Double(Float(bitPattern: size << 13 &+ 112 << 23))
    let value = size < 0x0400 ? Double(Int32(bitPattern: size)) * 0x1p-24 : normal
    let lower = Self.roundedMagnitude(value * abs(low))
    doubt |= lower.bitPattern ^ Self.roundedMagnitude(value * abs(high)).bitPattern
    doubt |= lower > 65504 ? 1 : 0
    let wide = (Float(lower).bitPattern &- 112 << 23) >> 13
    // The last place of the sum is 2⁻²⁴, so its low bits count the multiples.
    let multiples = UInt32(truncatingIfNeeded: (lower + 0x1.8p28).bitPattern) & 0x7FF
    let half = lower < 0x1p-14 ? multiples : wide
    let sign = UInt32(truncatingIfNeeded: low.bitPattern >> 48) ^ UInt32(bitPattern)
    return Float16(bitPattern: UInt16(truncatingIfNeeded: half | sign & 0x8000))
  }

  /// A positive number rounded to this type's precision; ties go either way.
  @inline(__always)
  private static func roundedMagnitude(_ value: Double) -> Double {
    let subnormal = (value + 0x1.8p28) - 0x1.8p28
    let normal = value.rounded(toBits: 11)
    return value < 0x1p-14 ? subnormal : normal
  }

  package static func scaleQuickly(
    _ source: Span<Float16>, into target: inout MutableSpan<Float16>, lows: Span<Double>, highs: Span<Double>
  ) -> Bool {
    guard source.count == target.count, source.count == lows.count, source.count == highs.count else { return false }
    var doubt: UInt64 = 0
    for index in source.indices {
      target[index] = source[index].scaledQuickly(lows[index], highs[index], &doubt)
    }
    return doubt == 0
  }

  package static func scaleQuickly(
    _ source: Span<Float16>, into target: inout MutableSpan<Float16>, low: Double, high: Double
  ) -> Bool {
    guard source.count == target.count else { return false }
    var doubt: UInt64 = 0
    for index in source.indices { target[index] = source[index].scaledQuickly(low, high, &doubt) }
    return doubt == 0
  }

  package static func scale(
    _ source: Span<Float16>, into target: inout MutableSpan<Float16>, from first: Int, map: ChannelMap,
    by arithmetic: FoldArithmetic
  ) -> ChunkOutcome { arithmetic.scaleElements(source, into: &target, from: first, map: map) }

  package static func observe(
    _ original: Span<Float16>, _ folded: Span<Float16>, from first: Int, map: ChannelMap, in error: inout FoldError
  ) { error.observeElements(original: original, folded: folded, from: first, map: map) }

  package static func observe(
    _ chunk: Span<Float16>, from first: Int, map: ChannelMap, in magnitudes: inout ChannelMagnitudes
  ) { magnitudes.observeElements(chunk, from: first, map: map) }
}
