/// The numbers of one fold: what each weight and bias element becomes, each correctly rounded once.
///
/// The exact value of an element is a real number: the stored element times the operator's own factor times
/// `gamma / sqrt(variance + epsilon)` of every norm. A double decides nearly always how it rounds; a
/// double-double, with a proven bound of its error, what a double leaves open (Ziv's strategy); 576 bits the rest,
/// where what is nearer to a tie than 2⁻⁴⁰⁰ is the tie.
package struct FoldArithmetic: Sendable {
  /// u², the unit of double-double error bounds.
  static let unit = 0x1p-106

  package let affine: ChannelAffine

  /// What multiplies the stored weight, and the stored bias, before the affine map (Gemm's alpha and beta).
  package let weightFactor: Double
  package let biasFactor: Double
  package let storage: StorageType

  /// The scale of each channel, the weight factor included.
  let scales: [DoubleDouble]

  /// Whether a channel's scale is the double that it is stored as, without any error.
  let isExact: [Bool]

  /// Each channel's scale as a double, made a little smaller and a little larger.
  ///
  /// A double product with the scale is off by less than 4 units of its last place: half a unit of its own
  /// rounding, one of the scale's low part, half of each of these factors', and next to nothing of the scale's error.
  let lowFactors: [Double]
  let highFactors: [Double]

  /// Whether a channel's numbers stay where double-doubles lose nothing to underflow or overflow.
  let isRegular: [Bool]

  /// The relative error of a scale.
  let scaleError: Double

  package init(affine: ChannelAffine, weightFactor: Double, biasFactor: Double, storage: StorageType) {
    self.affine = affine
    self.weightFactor = weightFactor
    self.biasFactor = biasFactor
    self.storage = storage
    let scales = (0..<affine.channels).map { DoubleDouble(weightFactor) * affine.scale(ofChannel: $0) }
    self.scales = scales
    lowFactors = scales.map { $0.hi * (1 - 0x1p-50) }
    highFactors = scales.map { $0.hi * (1 + 0x1p-50) }
    isRegular = scales.indices.map { channel in
      affine.steps.allSatisfy { $0.isRegular(channel) } && Self.isRegular(scales[channel].hi)
    }
    scaleError = Double(32 * affine.steps.count + 8) * Self.unit
    isExact = scales.enumerated().map { channel, scale in
      guard scale.lo == 0, scale.hi.isFinite else { return false }
      guard scale.hi != 0 else { return true }
      let exact = affine.wideScale(channel) * WideFloat(weightFactor)
      guard let size = exact.leadingExponent else { return false }
      guard let distance = (exact - WideFloat(scale.hi)).leadingExponent else { return true }
      return distance < size - 400
    }
  }

  /// What a stored weight element of a channel becomes: the correctly rounded number of the storage type, within
  /// 1 ulp for float64.
  package func weight(_ stored: Double, channel: Int) -> Double {
    let scale = scales[channel]
    guard stored != 0, stored.isFinite, weightFactor != 0 else { return stored * scale.hi }
    let product = DoubleDouble(stored) * scale
    guard isRegular[channel], product.hi == 0 || Self.isRegular(product.hi) || storage != .float64 else {
      return wideWeight(stored, channel)
    }
    guard product.hi != 0, product.hi.isFinite else { return product.hi }
    if isExact[channel] { return storage.rounded(DoubleDouble(product: stored, scale.hi)) }
    let error = abs(product.hi) * (scaleError + 8 * Self.unit)
    if let decided = storage.rounded(product, within: error) { return decided }
    return wideWeight(stored, channel)
  }

  private func wideWeight(_ stored: Double, _ channel: Int) -> Double {
    let exact = WideFloat(stored) * WideFloat(weightFactor) * affine.wideScale(channel)
    let size = storage.rounded(exact, tolerance: (exact.leadingExponent ?? 0) - 400)
    // A zero keeps the sign that it came with.
    return size == 0 && exact.isNegative ? -size : size
  }

  /// Whether a number is 0 or of a size at which products and quotients are exact but for their last place.
  static func isRegular(_ value: Double) -> Bool { value == 0 || (0x1p-900...0x1p900).contains(abs(value)) }

  /// What one repeated weight element becomes in each channel.
  package func splat(_ stored: Double) -> [Double] {
    scales.indices.map { weight(stored, channel: $0) }
  }

  /// What a stored bias element of a channel becomes: the correctly rounded number of the storage type, infinite
  /// where it overflows.
  package func bias(_ stored: Double, channel: Int) -> Double {
    let start = biasFactor == 0 ? 0 : stored
    let (image, error) = affine.bounded(DoubleDouble(product: biasFactor, start), channel: channel)
    if isRegular[channel] {
      guard image.hi.isFinite, error.isFinite else { return .infinity }
      if let decided = storage.rounded(image, within: error) { return decided }
    }
    let (exact, largest) = affine.wideImage(WideFloat(biasFactor) * WideFloat(start), channel: channel)
    return storage.rounded(exact, tolerance: largest - 400)
  }
}

extension StorageType {
  /// The number that everything within an error of a value rounds to, nil where that is not one number.
  func rounded(_ value: DoubleDouble, within error: Double) -> Double? {
    let low = rounded(value - DoubleDouble(error))
    let high = rounded(value + DoubleDouble(error))
    return low == high ? low : nil
  }
}
