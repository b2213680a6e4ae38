import Tensors

extension LinearDraft {
  /// Why a draft cannot become a fold after all.
  struct Refusal: Error {
    let reason: DeclineReason
  }

  /// The fold, once everything is absorbed.
  ///
  /// - Parameter norms: Those of the absorbed operators that are norms.
  /// - Throws: What reading the weight throws, of which a map before the operator needs every element.
  /// - Complexity: O(rows × channels × steps), and O(elements) with a map before the operator.
  func finished(norms: [OperatorID], constants: some ConstantReader) throws -> Result<Fold, Refusal> {
    let arithmetic = arithmetic
    let addends = try addends(arithmetic, constants)
    let ownBias = norm.map {
      FoldArithmetic(affine: biasMap(of: $0.map), weightFactor: 1, biasFactor: 1, storage: storage)
    }
    let rows = layout?.rows ?? 1
    var (originals, values): ([Double], [Double]) = ([], [])
    values.reserveCapacity(rows * linear.channels)
    for row in 0..<rows {
      for channel in 0..<linear.channels {
        let stored = norm?.mean[channel] ?? storedBias(row: row, channel: channel)
        let value = (ownBias ?? arithmetic).bias(stored, channel: channel, addend: addends?[channel])
        guard value.isFinite else { return .failure(Refusal(reason: biasOverflow(channel))) }
        originals.append(stored)
        values.append(value)
      }
    }
    let multiples = try multiples(of: originals, arithmetic, addends, constants)
    if let multiples { values = multiples.map(\.value) }
    let bias = holder(of: values).map { holder in
      Fold.Bias(
        holder: holder, rows: rows, values: values, multiples: multiples, originals: originals,
        image: ownBias.map { .own($0) } ?? .asWeight)
    }
    return .success(
      Fold(
        linear: id, form: linear, norms: norms, arithmetic: arithmetic, scalesWeight: scalesWeight, bias: bias))
  }

  /// The bias as multiples of steps that grow with the scales; nil where it is stored as plain numbers, or cannot be
  /// stored otherwise any more.
  private func multiples(
    of originals: [Double], _ arithmetic: FoldArithmetic, _ addends: InputShiftSum?, _ constants: some ConstantReader
  ) throws -> [BiasMultiple]? {
    guard let steps = try steps(arithmetic, constants) else { return nil }
    let multiples = originals.indices.compactMap { index in
      let channel = index % linear.channels
      let image = arithmetic.unroundedBias(originals[index], channel: channel, addend: addends?[channel])
      return BiasMultiple(nearest: image, step: steps[channel], storage: storage)
    }
    return multiples.count == originals.count ? multiples : nil
  }

  /// The new steps, nil where there were none.
  ///
  /// Each is the old one times the channel's scale; but where the old ones are the products of the input's step and the
  /// weight's scales, as runtimes that add integers take them to be, the new ones are those of the stored scales.
  private func steps(_ arithmetic: FoldArithmetic, _ constants: some ConstantReader) throws -> [Double]? {
    guard let old = biasSteps else { return nil }
    let products = try products(arithmetic, constants)
    let areProducts = products.map { pair in old.indices.allSatisfy { pair.before[$0] == old[$0] } } ?? false
    return old.indices.map { channel in
      if areProducts, let products { return products.after[channel] }
      let scale = (behind.scale(ofChannel: channel) * biasFactor).hi.magnitude
      // What nothing multiplies keeps its step.
      return scale == 0 ? old[channel] : old[channel] * scale
    }
  }

  /// The products of the input's step and of the weight's scales before and after the fold, as the type holds them; nil
  /// where there is not one for each channel.
  private func products(
    _ arithmetic: FoldArithmetic, _ constants: some ConstantReader
  ) throws -> (before: [Double], after: [Double])? {
    guard let inputStep = linear.inputStep, linear.hasOnlyPositiveScales,
      linear.weightMap.elementCount == linear.channels
    else { return nil }
    let stored = try constants.elements(of: linear.weight)
    guard stored.count == 1 || stored.count == linear.channels else { return nil }
    let scales = (0..<linear.channels).map { stored[stored.count == 1 ? 0 : $0] }
    return (
      scales.map { storage.rounded(inputStep * $0) },
      scales.indices.map { storage.rounded(inputStep * arithmetic.weight(scales[$0], channel: $0).magnitude) }
    )
  }

  private var arithmetic: FoldArithmetic {
    if norm != nil {
      // A gamma multiplies its own channel's input alone, so that what stands before scales it as what stands behind.
      let map = before.map { $0.composed(with: behind) } ?? behind
      return FoldArithmetic(affine: map, weightFactor: 1, biasFactor: 1, storage: storage)
    }
    let input = before.flatMap { map in
      linear.input.map { input in
        InputFold(
          affine: map, inputMap: input.map, outputMap: linear.weightMap, seenTaps: input.shiftRule.seenTaps)
      }
    }
    return FoldArithmetic(
      affine: behind, weightFactor: linear.weightFactor, biasFactor: biasFactor, storage: storage, input: input,
      parallel: parallel)
  }

  /// What stands beside the operator, nil where nothing does.
  private var parallel: ParallelFold? {
    guard !beside.isEmpty, let elements = linear.identityElements else { return nil }
    return ParallelFold(beside, elements: elements)
  }

  /// The whole map of a norm that absorbed others, whose image of the mean becomes its beta.
  private func biasMap(of norm: ChannelAffine) -> ChannelAffine {
    (before.map { $0.composed(with: norm) } ?? norm).composed(with: behind)
  }

  /// What the shifts before the operator add to its output; nil where they add nothing.
  private func addends(_ arithmetic: FoldArithmetic, _ constants: some ConstantReader) throws -> InputShiftSum? {
    guard let input = arithmetic.input else { return nil }
    var sum = InputShiftSum(input, weightFactor: linear.weightFactor)
    guard !sum.isZero else { return nil }
    try constants.visit(linear.weight, by: &sum)
    return sum
  }

  /// Who holds the new bias, nil where none is needed.
  private func holder(of values: [Double]) -> Fold.BiasHolder? {
    switch linear.bias {
    case .constant: return .linear
    case .absent(let hasSlot):
      guard values.contains(where: { $0 != 0 }) else { return nil }
      return hasSlot ? .linear : holder.map(Fold.BiasHolder.addition) ?? .inserted
    }
  }
}

extension InputShiftSum: ElementVisitor {}
