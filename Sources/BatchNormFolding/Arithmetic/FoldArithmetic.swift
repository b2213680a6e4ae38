/// The numbers of one fold: what each weight and bias element becomes, each correctly rounded once.
///
/// The exact value of an element is a real number: the stored element times the operator's own factor times
/// `gamma / sqrt(variance + epsilon)` of every norm. Nearly always a double decides how it rounds; what that leaves
/// open a double-double decides, with a proven bound of its error; and the rest 576 bits, where what is nearer to a
/// tie than 2⁻⁴⁰⁰ is the tie (Ziv, "Fast evaluation of elementary mathematical functions with correctly rounded
/// last bit", ACM TOMS 17(3), 1991).
package struct FoldArithmetic: Sendable {
  package let affine: ChannelAffine

  /// What multiplies the stored weight, and the stored bias, before the affine map (Gemm's alpha and beta).
  package let weightFactor: Double
  package let biasFactor: Double

  /// The type of the weight and the bias, before and after.
  package let storage: StorageType

  /// The scale of each channel, the weight factor included.
  let scales: [ChannelScale]

  /// The scales as the storage type's fast way takes them; the other arrays are empty.
  let singles: [Float]
  let brackets: [Bracket]
  let splits: [SplitScale]

  /// - Complexity: O(steps × channels).
  package init(affine: ChannelAffine, weightFactor: Double, biasFactor: Double, storage: StorageType) {
    self.affine = affine
    self.weightFactor = weightFactor
    self.biasFactor = biasFactor
    self.storage = storage
    let scales = (0..<affine.channels).map {
      ChannelScale(affine, channel: $0, factor: weightFactor, storage: storage)
    }
    self.scales = scales
    let isHalf = storage == .float16 || storage == .bfloat16
    singles = isHalf ? scales.map(\.single) : []
    brackets = storage == .float32 ? scales.map { $0.bracket(significandBits: 24) } : []
    splits = storage == .float64 ? scales.map(\.split) : []
  }

  /// What a stored weight element of a channel becomes: the correctly rounded number of the storage type.
  ///
  /// A zero has the sign of the product; an element that is infinite or NaN becomes its product with the scale.
  package func weight(_ stored: Double, channel: Int) -> Double {
    var careful = CarefulScaler(self)
    return careful.weight(stored, channel: channel)
  }

  /// What one repeated weight element becomes in each channel.
  ///
  /// - Complexity: O(channels).
  package func splat(_ stored: Double) -> [Double] {
    var careful = CarefulScaler(self)
    return scales.indices.map { careful.weight(stored, channel: $0) }
  }

  /// What a stored bias element of a channel becomes: the correctly rounded number of the storage type, infinite
  /// where it overflows or there is none.
  ///
  /// With a bias factor of 0 it is the image of 0, whatever is stored.
  ///
  /// - Complexity: O(steps).
  package func bias(_ stored: Double, channel: Int) -> Double {
    let start = biasFactor == 0 ? 0 : stored
    guard start.isFinite, biasFactor.isFinite else { return .infinity }
    if DoubleDouble(start).isWellScaled, DoubleDouble(biasFactor).isWellScaled {
      let (image, error) = affine.bounded(DoubleDouble(product: biasFactor, start), channel: channel)
      if error.isFinite, let decided = storage.rounded(image, within: error) { return decided }
    }
    guard affine.isDefined(channel) else { return .infinity }
    let (exact, largest) = affine.wideImage(WideFloat(biasFactor) * WideFloat(start), channel: channel)
    return storage.rounded(exact, tolerance: largest - 400)
  }
}
