package import BatchNormFolding
import ONNXModel
package import ProtobufIO
import Tensors

/// What looking at every weight element of one fold found.
package struct FoldMeasurement: Sendable {
  /// How far stored elements are from the exact fold.
  package let error: FoldError

  /// What the elements become.
  package let outcome: ChunkOutcome

  /// The largest element of each channel before the fold.
  package let magnitudes: ChannelMagnitudes
}

extension ModelReading {
  /// Measures one fold by reading its weight.
  ///
  /// - Complexity: O(elements), in the memory of two chunks.
  package func measure(_ fold: Fold) throws(ModelFileError) -> FoldMeasurement {
    guard var content = contents.content(of: fold.form.weight) else {
      preconditionFailure("a fold must name an operator with a weight")
    }
    if indirectWeights[fold.linear]?.quantization?.isPerTensor == true {
      // One scale becomes one for each channel.
      let element = try content.elements(of: UInt8.self)
      content = PayloadContent(.repeated(element: element, count: fold.form.weightMap.elementCount))
    }
    let isOneSided = !fold.form.hasOnlyPositiveScales && fold.arithmetic.input == nil && fold.arithmetic.parallel == nil
    if isOneSided, case .repeated(let element, _) = content.origin { return measure(fold, repeated: element) }
    switch fold.arithmetic.storage {
    case .float16: return try measure(fold, content, as: Float16.self)
    case .bfloat16: return try measure(fold, content, as: BFloat16.self)
    case .float32: return try measure(fold, content, as: Float.self)
    case .float64: return try measure(fold, content, as: Double.self)
    }
  }

  private func measure<Element: StoredElement>(
    _ fold: Fold, _ content: PayloadContent, as type: Element.Type
  ) throws(ModelFileError) -> FoldMeasurement {
    let linear = fold.form
    var error = FoldError(fold.arithmetic)
    var outcome = ChunkOutcome()
    var magnitudes = ChannelMagnitudes(channels: linear.channels)
    try buffer.forEachChunk(of: content, as: type) { source, target, first in
      magnitudes.observe(source, from: first, map: linear.weightMap)
      guard fold.scalesWeight || error.needsWeightForBias else { return }
      outcome.merge(fold.arithmetic.scale(source, into: &target, from: first, map: linear.weightMap))
      error.observe(original: source, folded: target.span, from: first, map: linear.weightMap)
    }
    if fold.scalesWeight, let weight = indirectWeights[fold.linear]?.quantization {
      try observeIntegers(of: fold, weight, in: &error)
    }
    fold.observeBias(in: &error)
    return FoldMeasurement(error: error, outcome: outcome, magnitudes: magnitudes)
  }

  /// Measures a fold whose weight is one repeated element, of which one a channel is enough to look at.
  private func measure(_ fold: Fold, repeated element: [UInt8]) -> FoldMeasurement {
    let linear = fold.form
    let stored = fold.arithmetic.storage.value(of: element)
    var error = FoldError(fold.arithmetic)
    var outcome = ChunkOutcome()
    let count = linear.channels == 0 ? 0 : linear.weightMap.elementCount / linear.channels
    for (channel, folded) in fold.arithmetic.splat(stored).enumerated() where count > 0 {
      outcome.note(stored, became: folded)
      error.observe(weight: stored, folded: folded, channel: channel, count: count)
    }
    fold.observeBias(in: &error)
    return FoldMeasurement(
      error: error, outcome: outcome, magnitudes: ChannelMagnitudes(channels: linear.channels, of: stored))
  }
}
