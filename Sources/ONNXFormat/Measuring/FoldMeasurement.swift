package import BatchNormFolding
import ONNXModel
package import ProtobufIO

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
    guard let linear = graph[fold.linear].linear, let content = contents.content(of: linear.weight) else {
      preconditionFailure("a fold must name a linear operator with a weight")
    }
    if case .repeated(let element, _) = content.origin { return try measure(fold, linear, repeated: element) }
    switch fold.arithmetic.storage {
    case .float16: return try measure(fold, linear, content, as: Float16.self)
    case .bfloat16: return try measure(fold, linear, content, as: BFloat16.self)
    case .float32: return try measure(fold, linear, content, as: Float.self)
    case .float64: return try measure(fold, linear, content, as: Double.self)
    }
  }

  private func measure<Element: StoredElement>(
    _ fold: Fold, _ linear: LinearOperator, _ content: PayloadContent, as type: Element.Type
  ) throws(ModelFileError) -> FoldMeasurement {
    var error = FoldError(fold.arithmetic)
    var outcome = ChunkOutcome()
    var magnitudes = ChannelMagnitudes(channels: linear.channels)
    try buffer.forEachChunk(of: content, as: type) { source, target, first in
      magnitudes.observe(source, from: first, map: linear.weightMap)
      guard fold.scalesWeight else { return }
      outcome.merge(fold.arithmetic.scale(source, into: &target, from: first, map: linear.weightMap))
      error.observe(original: source, folded: target.span, from: first, map: linear.weightMap)
    }
    if let bias = fold.bias { try observe(bias, of: linear, in: &error) }
    return FoldMeasurement(error: error, outcome: outcome, magnitudes: magnitudes)
  }

  /// Measures a fold whose weight is one repeated element, of which one a channel is enough to look at.
  private func measure(
    _ fold: Fold, _ linear: LinearOperator, repeated element: [UInt8]
  ) throws(ModelFileError) -> FoldMeasurement {
    let stored = fold.arithmetic.storage.value(of: element)
    var error = FoldError(fold.arithmetic)
    var outcome = ChunkOutcome()
    let count = linear.channels == 0 ? 0 : linear.weightMap.elementCount / linear.channels
    for (channel, folded) in fold.arithmetic.splat(stored).enumerated() where count > 0 {
      outcome.note(stored, became: folded)
      error.observe(weight: stored, folded: folded, channel: channel, count: count)
    }
    if let bias = fold.bias { try observe(bias, of: linear, in: &error) }
    return FoldMeasurement(
      error: error, outcome: outcome, magnitudes: ChannelMagnitudes(channels: linear.channels, of: stored))
  }

  private func observe(
    _ bias: Fold.Bias, of linear: LinearOperator, in error: inout FoldError
  ) throws(ModelFileError) {
    var stored: [Double] = []
    var layout = BiasLayout(rows: 1, isPerChannel: false)
    if case .constant(let id, let place, let factor) = linear.bias, factor != 0 {
      stored = try contents.storedElements(of: id)
      layout = place
    }
    for row in 0..<bias.rows {
      for channel in 0..<linear.channels {
        let index = layout.index(row: row, channel: channel, channels: linear.channels)
        let original = stored.isEmpty ? 0 : stored[index]
        error.observe(
          bias: original, folded: bias.values[row * linear.channels + channel], channel: channel)
      }
    }
  }
}
