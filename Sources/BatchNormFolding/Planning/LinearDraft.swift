import Tensors

/// A fold in the making: one operator and what it has absorbed so far.
struct LinearDraft {
  /// What a draft was before it absorbed one more map.
  struct Checkpoint {
    fileprivate let behind: Int
    fileprivate let before: Int
    fileprivate let beside: [ChannelAffine]
    fileprivate let scales: [DoubleDouble]
    fileprivate let scalesBefore: [DoubleDouble]
    fileprivate let images: [DoubleDouble]
    fileprivate let operators: Int
    fileprivate let holder: OperatorID?
  }

  let id: OperatorID
  let linear: LinearOperator
  let storage: StorageType

  /// The stored bias, empty where there is none that counts.
  let bias: [Double]

  /// What it is stored as multiples of, as a constant says.
  private let ownSteps: [Double]?

  /// The same of what the addition that holds the bias adds.
  private var holderSteps: [Double]?

  /// Where the operator is a norm: its map, and the means, at which its beta is the image.
  let norm: (map: ChannelAffine, mean: [Double])?

  private let weightName: String
  private(set) var magnitudes: ChannelMagnitudes?
  private let overflows: Bool

  /// What stands behind the operator, step by step.
  private(set) var behind: ChannelAffine

  /// What stands before it, from the nearest map to the farthest.
  private var nearestBefore: [ChannelAffine] = []

  /// What stands beside it, each with all that stands behind the sum.
  private(set) var beside: [ChannelAffine] = []

  /// What is absorbed, in the order in which it was.
  private(set) var operators: [OperatorID] = []

  /// An addition right behind the operator that can hold its bias.
  private(set) var holder: OperatorID?

  /// The scale before the operator so far, per channel of its input; empty where nothing stands there.
  private var scalesBefore: [DoubleDouble] = []

  /// Per channel: the scale so far, and what the bias (its first row) has become, as far as that is known.
  private var scales: [DoubleDouble]
  private var images: [DoubleDouble] = []

  init(
    _ id: OperatorID, _ linear: LinearOperator, bias: [Double], steps: [Double]? = nil,
    norm: (map: ChannelAffine, mean: [Double])?,
    storage: StorageType, weightName: String, options: PlanOptions
  ) {
    self.id = id
    self.linear = linear
    self.bias = bias
    ownSteps = steps
    self.norm = norm
    self.storage = storage
    self.weightName = weightName
    magnitudes = options.magnitudes[id]
    overflows = options.overflowing.contains(id)
    behind = ChannelAffine(channels: linear.channels)
    scales = Array(repeating: DoubleDouble(linear.weightFactor), count: linear.channels)
    images = (0..<linear.channels).map { DoubleDouble(storedBias(row: 0, channel: $0)) * DoubleDouble(biasFactor) }
  }

  var checkpoint: Checkpoint {
    Checkpoint(
      behind: behind.steps.count, before: nearestBefore.count, beside: beside, scales: scales,
      scalesBefore: scalesBefore, images: images,
      operators: operators.count, holder: holder)
  }

  mutating func restore(_ checkpoint: Checkpoint) {
    behind.removeLastSteps(behind.steps.count - checkpoint.behind)
    nearestBefore.removeLast(nearestBefore.count - checkpoint.before)
    beside = checkpoint.beside
    (scales, scalesBefore, images) = (checkpoint.scales, checkpoint.scalesBefore, checkpoint.images)
    operators.removeLast(operators.count - checkpoint.operators)
    holder = checkpoint.holder
  }

  /// Notes whose map was absorbed.
  mutating func note(_ absorbed: [OperatorID]) { operators += absorbed }

  /// Notes an addition that may hold the bias, unless another does.
  ///
  /// - Parameter steps: What it adds multiples of, as its constant says.
  mutating func offer(holder candidate: OperatorID, steps: [Double]?) {
    guard holder == nil else { return }
    (holder, holderSteps) = (candidate, steps)
  }

  /// What the bias was stored as multiples of, for each channel; nil where that was not so.
  var biasSteps: [Double]? {
    guard let steps = linear.holdsBias ? ownSteps : holder == nil ? nil : holderSteps else { return nil }
    if steps.count == linear.channels { return steps }
    return steps.count == 1 ? Array(repeating: steps[0], count: linear.channels) : nil
  }

  /// Takes in a map that stands behind all that is there.
  ///
  /// - Returns: Why not; the draft has to be restored then.
  /// - Complexity: O(channels × steps of the map).
  mutating func absorb(behind affine: ChannelAffine) -> DeclineReason? {
    if let reason = nonFiniteWeight { return reason }
    for channel in scales.indices {
      scales[channel] = scales[channel] * affine.scale(ofChannel: channel)
      images[channel] = affine.applied(to: images[channel], channel: channel)
    }
    for step in affine.steps { behind.append(step) }
    if !beside.isEmpty {
      let scaling = affine.linearPart
      beside = beside.map { $0.composed(with: scaling) }
    }
    return firstOverflow
  }

  /// Takes in a map of the operator's input that stands before all that is there.
  ///
  /// - Returns: Why not; the draft has to be restored then.
  mutating func absorb(before affine: ChannelAffine) -> DeclineReason? {
    if let reason = nonFiniteWeight { return reason }
    nearestBefore.append(affine)
    let added = affine.scales()
    scalesBefore = scalesBefore.isEmpty ? added : zip(scalesBefore, added).map { $0 * $1 }
    beside = beside.map { affine.composed(with: $0) }
    return firstOverflow
  }

  /// Takes in a map of the operator's input that is added to its output.
  ///
  /// - Returns: Why not; the draft has to be restored then.
  mutating func absorb(beside affine: ChannelAffine) -> DeclineReason? {
    if let reason = nonFiniteWeight { return reason }
    // What the operator reads is no longer what the map stood on.
    guard nearestBefore.isEmpty else {
      return DeclineReason(.noLinearProducer, "the operator beside it has another map before it")
    }
    beside.append(affine)
    return firstOverflow
  }

  /// What stands before the operator, nil where nothing does.
  var before: ChannelAffine? {
    guard var map = nearestBefore.last else { return nil }
    for nearer in nearestBefore.dropLast().reversed() {
      for step in nearer.steps { map.append(step) }
    }
    return map
  }

  /// Whether anything changes the weight.
  var scalesWeight: Bool {
    let isOne = scales.allSatisfy { $0 == DoubleDouble(1) }
    let before = before
    let isSame = before.map { map in (0..<map.channels).allSatisfy { map.scale(ofChannel: $0) == DoubleDouble(1) } }
    return !isOne || !(isSame ?? true) || !beside.isEmpty
  }

  /// Whether scales are so small that half precision may not have the digits of the weight's elements.
  var needsMagnitudes: Bool {
    magnitudes == nil && scales.contains { storage.mayLackDigits($0.hi.magnitude) }
  }

  /// Notes the largest elements of the weight.
  ///
  /// - Returns: Why the draft has to be restored, nil where it holds.
  mutating func learn(_ known: ChannelMagnitudes) -> DeclineReason? {
    magnitudes = known
    return nonFiniteWeight ?? firstOverflow
  }

  var layout: BiasLayout? {
    if case .constant(_, let layout, _) = linear.bias { layout } else { nil }
  }

  var biasFactor: Double {
    if case .constant(_, _, let factor) = linear.bias { factor } else { 1 }
  }

  func storedBias(row: Int, channel: Int) -> Double {
    guard let layout, !bias.isEmpty else { return 0 }
    return bias[layout.index(row: row, channel: channel, channels: linear.channels)]
  }

  func biasOverflow(_ channel: Int) -> DeclineReason {
    DeclineReason(.overflowsStorage, "the bias of channel \(channel) would be past the \(storage) range")
  }
}

// MARK: - Overflow

extension LinearDraft {
  private var nonFiniteWeight: DeclineReason? {
    guard let magnitudes, magnitudes.hasNonFinite else { return nil }
    return DeclineReason(.overflowsStorage, "the weight '\(weightName)' holds elements that are not finite")
  }

  private var firstOverflow: DeclineReason? {
    if overflows, !beside.isEmpty { return weightOverflow }
    let magnitudes = scalesBefore.map(\.hi.magnitude)
    let largest = magnitudes.max() ?? 1
    let front = (largest: largest, isUniform: magnitudes.allSatisfy { $0 == largest })
    for channel in scales.indices {
      if let reason = overflow(channel, front) { return reason }
    }
    return nil
  }

  private var weightOverflow: DeclineReason {
    DeclineReason(.overflowsStorage, "the weight '\(weightName)' would be past the \(storage) range")
  }

  /// - Parameter front: The largest of the scales before the operator, and whether all are the same.
  private func overflow(_ channel: Int, _ front: (largest: Double, isUniform: Bool)) -> DeclineReason? {
    let (scale, image) = (scales[channel], images[channel])
    guard image.hi.isFinite, abs(image.hi) < storage.overflowThreshold else { return biasOverflow(channel) }
    guard scale.hi.isFinite else {
      return DeclineReason(.overflowsStorage, "the scale of channel \(channel) is not finite")
    }
    guard let magnitudes, beside.isEmpty else { return overflows && !nearestBefore.isEmpty ? weightOverflow : nil }
    let largest = (scale * DoubleDouble(magnitudes[channel])).hi * front.largest
    guard front.isUniform else {
      // Which input channel has the largest element is not known.
      return overflows && !(abs(largest) < storage.overflowThreshold) ? weightOverflow : nil
    }
    guard abs(largest) < storage.overflowThreshold else {
      return DeclineReason(
        .overflowsStorage,
        "channel \(channel) of the weight '\(weightName)' would reach \(abs(largest)), past the \(storage) range")
    }
    return lossOfDigits(channel, largest: abs(largest), bias: abs(image.hi))
  }

  /// Half precision has few numbers near 0: where all of a channel's elements would be there, and no bias outweighs
  /// them, the fold would be off by more than the type's rounding.
  private func lossOfDigits(_ channel: Int, largest: Double, bias: Double) -> DeclineReason? {
    guard storage.isHalf, largest > 0, largest < storage.leastNormal,
      bias < 0x1p10 * storage.leastNormal, let magnitudes, magnitudes[channel] >= storage.leastNormal
    else { return nil }
    return DeclineReason(
      .overflowsStorage,
      "channel \(channel) of the weight '\(weightName)' would be at most \(largest), where \(storage) lacks digits")
  }
}
