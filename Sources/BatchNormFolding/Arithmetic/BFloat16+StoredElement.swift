extension BFloat16: StoredElement {
  package static var storage: StorageType { .bfloat16 }
  package var widened: Double { Double(Float(bitPattern: UInt32(bits) << 16)) }
  package init(representing value: Double) {
    self.init(bits: UInt16(truncatingIfNeeded: Float(value).bitPattern >> 16))
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

  package static func observe(_ chunk: Span<BFloat16>, from first: Int, in sum: inout InputShiftSum) {
    sum.observeElements(chunk, from: first)
  }
}

// Why the product rounds right is said for Float16.

extension BFloat16: FastScalable {
  static func factors(of table: ScaleTable) -> [Float] { table.singles }

  @inline(__always)
  static func factor(_ scale: ChannelScale, _ inputScale: ChannelScale) -> Float {
    scale.single(with: inputScale)
  }

  static var blockLength: Int { 256 }
  static var doubtMask: UInt32 { 1 << 31 }

  @inline(__always)
  static func product(_ stored: BFloat16, _ factor: Float, doubts: inout UInt32) -> BFloat16 {
    let product = (Float(bitPattern: UInt32(stored.bits) << 16) * factor).bitPattern
    let size = product & 0x7FFF_FFFF
    let distance = (size &- 0x7FFF) & 0xFFFF
    doubts |= (distance &- 3) | (0x7F7F_7FFF &- size)
    return BFloat16(bits: UInt16(truncatingIfNeeded: (product &+ 0x8000) >> 16))
  }

  var magnitudeBits: UInt16 { bits & 0x7FFF }
  init(magnitudeBits: UInt16) { self.init(bits: magnitudeBits) }
  static var infinityBits: UInt16 { 0x7F80 }
}
