extension Float: StoredElement {
  package static var storage: StorageType { .float32 }
  package var widened: Double { Double(self) }
  package init(representing value: Double) { self.init(value) }

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

  package static func observe(_ chunk: Span<Float>, from first: Int, in sum: inout InputShiftSum) {
    sum.observeElements(chunk, from: first)
  }
}

extension Float: FastScalable {
  static func factors(of table: ScaleTable) -> [Bracket] { table.brackets }

  @inline(__always)
  static func factor(_ scale: ChannelScale, _ inputScale: ChannelScale) -> Bracket {
    scale.bracket(with: inputScale, significandBits: 24)
  }

  static var blockLength: Int { 512 }
  static var doubtMask: UInt32 { .max }

  @inline(__always)
  static func product(_ stored: Float, _ factor: Bracket, doubts: inout UInt32) -> Float {
    let value = Double(stored)
    let low = Float(value * factor.low)
    let high = Float(value * factor.high)
    // Rounding is monotonic: what lies between two products that round alike rounds like them.
    doubts |= low.bitPattern ^ high.bitPattern
    // 0 for a finite number, NaN for others.
    doubts |= (low - low).bitPattern
    return low
  }

  var magnitudeBits: UInt32 { bitPattern & 0x7FFF_FFFF }
  init(magnitudeBits: UInt32) { self.init(bitPattern: magnitudeBits) }
  static var infinityBits: UInt32 { 0x7F80_0000 }
}
