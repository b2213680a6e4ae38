extension Float: StoredElement {
  package static var storage: StorageType { .float32 }
  package var widened: Double { Double(self) }
  package init(representing value: Double) { self.init(value) }

  /// The lower product, rounded; `doubt` gets a bit where that may not be the right one.
  @inline(__always)
  private func scaledQuickly(_ low: Double, _ high: Double, _ doubt: inout UInt32) -> Float {
    let lower = Float(Double(self) * low)
    doubt |= lower.bitPattern ^ Float(Double(self) * high).bitPattern
    // 0 for a finite number, NaN for others.
    doubt |= (lower - lower).bitPattern
    return lower
  }

  package static func scaleQuickly(
    _ source: Span<Float>, into target: inout MutableSpan<Float>, lows: Span<Double>, highs: Span<Double>
  ) -> Bool {
    guard source.count == target.count, source.count == lows.count, source.count == highs.count else { return false }
    var doubt: UInt32 = 0
    for index in source.indices {
      target[index] = source[index].scaledQuickly(lows[index], highs[index], &doubt)
    }
    return doubt == 0
  }

  package static func scaleQuickly(
    _ source: Span<Float>, into target: inout MutableSpan<Float>, low: Double, high: Double
  ) -> Bool {
    guard source.count == target.count else { return false }
    var doubt: UInt32 = 0
    for index in source.indices { target[index] = source[index].scaledQuickly(low, high, &doubt) }
    return doubt == 0
  }

  package static func scale(
    _ source: Span<Float>, into target: inout MutableSpan<Float>, from first: Int, map: ChannelMap,
    by arithmetic: FoldArithmetic
  ) -> ChunkOutcome { arithmetic.scaleElements(source, into: &target, from: first, map: map) }

  package static func observe(
    _ original: Span<Float>, _ folded: Span<Float>, from first: Int, map: ChannelMap, in error: inout FoldError
  ) { error.observeElements(original: original, folded: folded, from: first, map: map) }

  package static func observe(
    _ chunk: Span<Float>, from first: Int, map: ChannelMap, in magnitudes: inout ChannelMagnitudes
  ) { magnitudes.observeElements(chunk, from: first, map: map) }
}
