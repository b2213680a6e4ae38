/// A fold in the making: one linear operator and what it has absorbed so far.
struct FoldDraft {
  /// Why a draft cannot become a fold after all.
  struct Refusal: Error {
    let reason: DeclineReason
  }

  private let id: OperatorID
  private let linear: LinearOperator
  private let bias: [Double]
  private let storage: StorageType
  private let weightName: String
  private let magnitudes: ChannelMagnitudes?

  private var affine: ChannelAffine
  private var absorbed: [OperatorID] = []
  private var norms: [OperatorID] = []
  private var output: ValueID?

  /// Per channel: the scale so far, and what the bias (its first row) has become.
  private var scales: [DoubleDouble]
  private var images: [DoubleDouble]

  init(
    _ id: OperatorID, _ linear: LinearOperator, bias: [Double], storage: StorageType, weightName: String,
    magnitudes: ChannelMagnitudes?
  ) {
    self.id = id
    self.linear = linear
    self.bias = bias
    self.storage = storage
    self.weightName = weightName
    self.magnitudes = magnitudes
    affine = ChannelAffine(channels: linear.channels)
    scales = Array(repeating: DoubleDouble(linear.weightFactor), count: linear.channels)
    images = []
    images = (0..<linear.channels).map { DoubleDouble(storedBias(row: 0, channel: $0)) * DoubleDouble(biasFactor) }
  }

  /// Takes in one norm with what stands before it.
  ///
  /// - Returns: Why not, leaving the draft as it was.
  /// - Complexity: O(channels × steps).
  mutating func absorb(
    _ steps: [ChannelAffine.Step], from operators: [OperatorID], norm: OperatorID, writing value: ValueID
  ) -> DeclineReason? {
    if let magnitudes, magnitudes.hasNonFinite {
      return DeclineReason(.overflowsStorage, "the weight '\(weightName)' holds elements that are not finite")
    }
    var addition = ChannelAffine(channels: linear.channels)
    for step in steps { addition.append(step) }
    var newScales = scales
    var newImages = images
    for channel in scales.indices {
      newScales[channel] = scales[channel] * addition.scale(ofChannel: channel)
      newImages[channel] = addition.applied(to: images[channel], channel: channel)
      if let reason = overflow(channel, scale: newScales[channel], image: newImages[channel]) { return reason }
    }
    for step in steps { affine.append(step) }
    (scales, images) = (newScales, newImages)
    absorbed += operators
    norms.append(norm)
    output = value
    return nil
  }

  /// The fold, once everything is absorbed.
  func finished(in graph: FoldGraph) -> Result<Fold, Refusal> {
    guard let output else {
      return .failure(Refusal(reason: DeclineReason(.overflowsStorage, "nothing could be absorbed")))
    }
    let arithmetic = FoldArithmetic(
      affine: affine, weightFactor: linear.weightFactor, biasFactor: biasFactor, storage: storage)
    let rows = layout?.rows ?? 1
    var values: [Double] = []
    values.reserveCapacity(rows * linear.channels)
    for row in 0..<rows {
      for channel in 0..<linear.channels {
        let value = arithmetic.bias(storedBias(row: row, channel: channel), channel: channel)
        guard value.isFinite else {
          return .failure(Refusal(reason: biasOverflow(channel)))
        }
        values.append(value)
      }
    }
    var remaining = absorbed
    var newBias: Fold.Bias?
    if let holder = holder(of: values, in: graph) {
      if case .addition(let addition) = holder { remaining.removeAll { $0 == addition } }
      newBias = Fold.Bias(holder: holder, rows: rows, values: values)
    }
    return .success(
      Fold(
        linear: id, norms: norms, absorbed: remaining, output: output, arithmetic: arithmetic,
        scalesWeight: scales.contains { $0 != DoubleDouble(1) }, bias: newBias))
  }

  /// Who holds the new bias, nil where none is needed.
  private func holder(of values: [Double], in graph: FoldGraph) -> Fold.BiasHolder? {
    switch linear.bias {
    case .constant:
      return .linear
    case .absent(let hasSlot):
      guard values.contains(where: { $0 != 0 }) else { return nil }
      if hasSlot { return .linear }
      let addition = absorbed.first { if case .addition = graph[$0].role { true } else { false } }
      return addition.map(Fold.BiasHolder.addition) ?? .inserted
    }
  }

  private var layout: BiasLayout? {
    if case .constant(_, let layout, _) = linear.bias { layout } else { nil }
  }

  private var biasFactor: Double {
    if case .constant(_, _, let factor) = linear.bias { factor } else { 1 }
  }

  private func storedBias(row: Int, channel: Int) -> Double {
    guard let layout, !bias.isEmpty else { return 0 }
    return bias[layout.index(row: row, channel: channel, channels: linear.channels)]
  }

  private func overflow(_ channel: Int, scale: DoubleDouble, image: DoubleDouble) -> DeclineReason? {
    guard image.hi.isFinite, abs(image.hi) < storage.overflowThreshold else { return biasOverflow(channel) }
    guard scale.hi.isFinite else {
      return DeclineReason(.overflowsStorage, "the scale of channel \(channel) is not finite")
    }
    guard let magnitudes else { return nil }
    let largest = (scale * DoubleDouble(magnitudes[channel])).hi
    guard abs(largest) < storage.overflowThreshold else {
      return DeclineReason(
        .overflowsStorage,
        "channel \(channel) of the weight '\(weightName)' would reach \(abs(largest)), past the \(storage) range")
    }
    return nil
  }

  private func biasOverflow(_ channel: Int) -> DeclineReason {
    DeclineReason(.overflowsStorage, "the bias of channel \(channel) would be past the \(storage) range")
  }
}
