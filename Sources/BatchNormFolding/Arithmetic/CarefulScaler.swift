/// Works out weight elements that the fast way leaves open.
struct CarefulScaler {
  private let arithmetic: FoldArithmetic

  /// The scales that were needed to more than 500 bits.
  private var wideScales: [Int: WideFloat] = [:]
  private var wideInputScales: [Int: WideFloat] = [:]

  init(_ arithmetic: FoldArithmetic) { self.arithmetic = arithmetic }

  /// What a stored weight element becomes, correctly rounded, without what a parallel map adds.
  mutating func weight(_ stored: Double, _ place: WeightPlace) -> Double {
    let scale = arithmetic.scale(place)
    guard stored.isFinite, stored != 0, scale.value.hi != 0 else { return stored * scale.value.hi }
    return nearly(stored, scale) ?? exactly(stored, place)
  }

  /// The same with what a parallel map adds; an element that is infinite or NaN stays so.
  mutating func weight(_ stored: Double, _ place: WeightPlace, plus scales: ParallelScales, of channel: Int) -> Double {
    let addend = scales.scales[channel]
    guard stored.isFinite, addend.value.hi == addend.value.hi else { return stored * .nan }
    return nearly(stored, arithmetic.scale(place), plus: addend) ?? exactly(stored, place, plusScaleOf: channel)
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

  private func nearly(_ stored: Double, _ scale: ChannelScale, plus addend: ChannelScale) -> Double? {
    guard scale.value.hi.isFinite, (scale.error + addend.error).isFinite, DoubleDouble(stored).isWellScaled else {
      return nil
    }
    let product = scale.value * stored
    let sum = product + addend.value
    let error =
      product.hi.magnitude * (scale.error + 4 * 0x1p-106) + addend.value.hi.magnitude * addend.error
      + sum.hi.magnitude * 0x1p-104
    return arithmetic.storage.rounded(sum, within: error * (1 + 0x1p-40))
  }

  private mutating func exactly(_ stored: Double, _ place: WeightPlace) -> Double {
    guard let product = product(stored, place) else { return .nan }
    let rounded = arithmetic.storage.rounded(product, tolerance: (product.leadingExponent ?? 0) - 400)
    return rounded == 0 && product.isNegative ? -0.0 : rounded
  }

  private mutating func exactly(_ stored: Double, _ place: WeightPlace, plusScaleOf channel: Int) -> Double {
    guard let parallel = arithmetic.parallel, parallel.isDefined(channel), let product = product(stored, place)
    else { return .nan }
    let (addend, largest) = parallel.wideScale(channel)
    return arithmetic.storage.rounded(
      product + addend, tolerance: max(product.leadingExponent ?? .min / 2, largest) - 400)
  }

  /// The product to more than 500 bits, nil where it is not defined.
  private mutating func product(_ stored: Double, _ place: WeightPlace) -> WideFloat? {
    guard arithmetic.weightFactor.isFinite, arithmetic.isDefined(place) else { return nil }
    var product = WideFloat(stored)
    if let channel = place.channel {
      let scale = wideScales[channel] ?? arithmetic.affine.wideScale(channel)
      wideScales[channel] = scale
      product = product * WideFloat(arithmetic.weightFactor) * scale
    }
    if let channel = place.inputChannel, let input = arithmetic.input {
      let scale = wideInputScales[channel] ?? input.affine.wideScale(channel)
      wideInputScales[channel] = scale
      product = product * scale
    }
    return product
  }
}
