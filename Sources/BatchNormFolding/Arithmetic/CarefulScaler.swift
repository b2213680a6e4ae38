/// Works out weight elements that the fast way leaves open.
struct CarefulScaler {
  private let arithmetic: FoldArithmetic

  /// The scales that were needed to more than 500 bits.
  private var wideScales: [Int: WideFloat] = [:]

  init(_ arithmetic: FoldArithmetic) { self.arithmetic = arithmetic }

  /// What a stored weight element of a channel becomes, correctly rounded.
  mutating func weight(_ stored: Double, channel: Int) -> Double {
    let scale = arithmetic.scales[channel]
    guard stored.isFinite, stored != 0, scale.value.hi != 0 else { return stored * scale.value.hi }
    return nearly(stored, scale) ?? exactly(stored, channel)
  }

  /// What doubles, or else pairs of doubles, can tell.
  private func nearly(_ stored: Double, _ scale: ChannelScale) -> Double? {
    let storage = arithmetic.storage
    guard scale.value.hi.isFinite, scale.error.isFinite, DoubleDouble(stored).isWellScaled else { return nil }
    if storage != .float64 {
      let bracket = scale.bracket(significandBits: storage.significandBits)
      let low = storage.rounded(stored * bracket.low)
      if low == storage.rounded(stored * bracket.high) { return low }
    }
    let product = scale.value * stored
    let error = scale.error == 0 ? 0 : product.hi.magnitude * (scale.error + 4 * 0x1p-106)
    return storage.rounded(product, within: error)
  }

  private mutating func exactly(_ stored: Double, _ channel: Int) -> Double {
    guard arithmetic.weightFactor.isFinite, arithmetic.affine.isDefined(channel) else { return .nan }
    let scale = wideScales[channel] ?? arithmetic.affine.wideScale(channel)
    wideScales[channel] = scale
    let product = WideFloat(stored) * WideFloat(arithmetic.weightFactor) * scale
    let rounded = arithmetic.storage.rounded(product, tolerance: (product.leadingExponent ?? 0) - 400)
    return rounded == 0 && product.isNegative ? -0.0 : rounded
  }
}
