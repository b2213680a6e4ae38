/// An operator whose output is, per channel, a constant weight applied to its input plus a bias.
package struct LinearOperator: Sendable {
  /// Where an operator's bias is.
  package enum Bias: Sendable {
    /// It has none; `hasSlot` says whether the operator itself can take one of shape `[channels]`, or
    /// whether an addition must follow it.
    case absent(hasSlot: Bool)
    /// A constant, multiplied by `factor` (Gemm's beta).
    case constant(ConstantID, layout: BiasLayout, factor: Double)
  }

  package let weight: ConstantID

  /// Which output channel each weight element belongs to.
  package let weightMap: ChannelMap

  /// What multiplies the weight (Gemm's alpha).
  package let weightFactor: Double

  package let bias: Bias

  /// The rank of the output and the axis of its channels.
  package let outputRank: Int
  package let channelAxis: Int

  /// How it reads channels; nil where no map may stand before it.
  package let input: LinearInput?

  /// For each output channel the weight element that hands the input channel of the same number on in place; nil
  /// where the operator has no such elements.
  package let identityElements: [Int]?

  /// What its input is a whole multiple of, where it is quantized; the steps of a bias are the products of that and the
  /// weight's scales.
  package let inputStep: Double?

  /// Whether the weight's elements are scales of integers, so that they stay above 0 and a negative scale turns the
  /// integers' signs instead.
  package let hasOnlyPositiveScales: Bool

  package init(
    weight: ConstantID, weightMap: ChannelMap, weightFactor: Double = 1, bias: Bias, outputRank: Int,
    channelAxis: Int, input: LinearInput? = nil, identityElements: [Int]? = nil, inputStep: Double? = nil,
    hasOnlyPositiveScales: Bool = false
  ) {
    self.weight = weight
    self.weightMap = weightMap
    self.weightFactor = weightFactor
    self.bias = bias
    self.outputRank = outputRank
    self.channelAxis = channelAxis
    self.input = input
    self.identityElements = identityElements
    self.inputStep = inputStep
    self.hasOnlyPositiveScales = hasOnlyPositiveScales
  }

  package var channels: Int { weightMap.channels }

  /// Whether it can take a bias in without another operator.
  var holdsBias: Bool {
    if case .absent(hasSlot: false) = bias { false } else { true }
  }
}

/// How the elements of a bias belong to rows and channels of the output.
package struct BiasLayout: Hashable, Sendable {
  /// 1, or the number of rows of a bias that differs from row to row.
  package let rows: Int

  /// Whether each row has an element per channel, or one for all of them.
  package let isPerChannel: Bool

  package init(rows: Int, isPerChannel: Bool) {
    self.rows = rows
    self.isPerChannel = isPerChannel
  }

  /// The index of the element that serves `channel` in `row`.
  package func index(row: Int, channel: Int, channels: Int) -> Int {
    isPerChannel ? row * channels + channel : row
  }
}
