extension Double: StoredElement {
  package static var storage: StorageType { .float64 }
  package var widened: Double { self }
  package init(representing value: Double) { self = value }

  package static func scale(
    _ source: Span<Double>, into target: inout MutableSpan<Double>, from first: Int, map: ChannelMap,
    by arithmetic: FoldArithmetic
  ) -> ChunkOutcome { arithmetic.scaleElements(source, into: &target, from: first, map: map) }

  package static func observe(
    _ original: Span<Double>, _ folded: Span<Double>, from first: Int, map: ChannelMap, in error: inout FoldError
  ) { error.observeElements(original: original, folded: folded, from: first, map: map) }

  package static func observe(
    _ chunk: Span<Double>, from first: Int, map: ChannelMap, in magnitudes: inout ChannelMagnitudes
  ) { magnitudes.observeElements(chunk, from: first, map: map) }

  package static func observe(_ chunk: Span<Double>, from first: Int, in sum: inout InputShiftSum) {
    sum.observeElements(chunk, from: first)
  }
}

extension Double: FastScalable {
  static func factors(of table: ScaleTable) -> [SplitScale] { table.splits }

  @inline(__always)
  static func factor(_ scale: ChannelScale, _ inputScale: ChannelScale) -> SplitScale {
    scale.joined(with: inputScale).split
  }

  static var blockLength: Int { 256 }
  static var doubtMask: UInt64 { .max }

  @inline(__always)
  static func product(_ stored: Double, _ factor: SplitScale, doubts: inout UInt64) -> Double {
    let (product, tail) = factor.product(stored)
    let reach = product.magnitude * factor.error
    let low = product + (tail - reach)
    let high = product + (tail + reach)
    doubts |= (low - high).bitPattern
    // What is so small may lose parts that underflow.
    doubts |= stored.magnitude < 0x1p-400 ? stored.bitPattern << 1 : 0
    // The sum of two zeros would lose the sign.
    return low == 0 ? product : low
  }

  var magnitudeBits: UInt64 { bitPattern & 0x7FFF_FFFF_FFFF_FFFF }
  init(magnitudeBits: UInt64) { self.init(bitPattern: magnitudeBits) }
  static var infinityBits: UInt64 { 0x7FF0_0000_0000_0000 }
}
