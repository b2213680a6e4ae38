extension Float16: StoredElement {
  package static var storage: StorageType { .float16 }

  package var widened: Double {
    let magnitude = UInt64(bitPattern & 0x7FFF) << 42
    let isFinite = bitPattern & 0x7C00 != 0x7C00
    // The exponents' biases differ by 1008; a NaN or an infinity keeps its significand.
    let value = isFinite ? Double(bitPattern: magnitude) * 0x1p1008 : Double(bitPattern: magnitude | 0x7FF << 52)
    return bitPattern & 0x8000 == 0 ? value : -value
  }

  package init(representing value: Double) { self.init(value) }

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

  package static func observe(_ chunk: Span<Float16>, from first: Int, in sum: inout InputShiftSum) {
    sum.observeElements(chunk, from: first)
  }
}

// The product with a float32 scale is off by less than 1.5 units of a float32's last place: half a unit for its own
// rounding, less than one for the scale's. So it rounds right unless it is within 1 unit of the middle between two
// halves; for subnormal floats, too, whose unit is fixed. Differences of numbers below 2³¹ are negative where their
// highest bit is set.

extension Float16: FastScalable {
  static func factors(of table: ScaleTable) -> [Float] { table.singles }

  @inline(__always)
  static func factor(_ scale: ChannelScale, _ inputScale: ChannelScale) -> Float {
    scale.single(with: inputScale)
  }

  static var blockLength: Int { 128 }
  static var doubtMask: UInt32 { 1 << 31 }

  /// By integer operations: processors without half precision would call a function for each element.
  @inline(__always)
  static func product(_ stored: Float16, _ factor: Float, doubts: inout UInt32) -> Float16 {
    let bits = UInt32(stored.bitPattern)
    let magnitude = bits & 0x7FFF
    // With a half's exponent as it is, a float stands for 2⁻¹¹² of the half, before the product and behind it.
    let product = (Float(bitPattern: magnitude << 13) * factor).bitPattern
    let size = product & 0x7FFF_FFFF
    let distance = (size &- 0x0FFF) & 0x1FFF
    doubts |= (distance &- 3) | (0x0F7F_EFFF &- size) | (0x7BFF &- magnitude)
    let rounded = (size &+ 0x1000) >> 13
    return Float16(bitPattern: UInt16(truncatingIfNeeded: rounded | ((product >> 16) ^ bits) & 0x8000))
  }

  var magnitudeBits: UInt16 { bitPattern & 0x7FFF }
  init(magnitudeBits: UInt16) { self.init(bitPattern: magnitudeBits) }
  static var infinityBits: UInt16 { 0x7C00 }
}
