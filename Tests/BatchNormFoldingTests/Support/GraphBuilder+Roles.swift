import Tensors

@testable import BatchNormFolding

/// A norm's numbers, one for each channel.
struct NormNumbers {
  var gamma: [Double] = [2, 3]
  var beta: [Double] = [0.5, -0.5]
  var mean: [Double] = [1, -1]
  var variance: [Double] = [3, 8]
  var epsilon = 1.0
}

extension GraphBuilder {
  /// A Conv of rank 4 with one input channel and one tap, so that it has as many weights as channels.
  mutating func conv(
    _ input: ValueID, _ output: String = "c", weight: [Double] = [1, 2], bias: [Double]? = nil,
    hasSlot: Bool = true, weightFactor: Double = 1, biasFactor: Double = 1, channelAxis: Int = 1,
    isWeightKept: Bool = false, isBiasKept: Bool = false
  ) -> ValueID {
    let id = constant("\(output).weight", weight, shape: [weight.count, 1, 1, 1], isKept: isWeightKept)
    let place =
      bias.map { bias in
        LinearOperator.Bias.constant(
          constant("\(output).bias", bias, isKept: isBiasKept), layout: BiasLayout(rows: 1, isPerChannel: true),
          factor: biasFactor)
      } ?? .absent(hasSlot: hasSlot)
    return linear(
      input, output,
      LinearOperator(
        weight: id, weightMap: .rows(channels: weight.count, each: 1), weightFactor: weightFactor, bias: place,
        outputRank: 4, channelAxis: channelAxis))
  }

  /// A convolution of rank 4 with a weight `[outputs, inputs, 1, 1]`, whose elements count from 1.
  ///
  /// - Parameter hasIdentity: Whether it may take in what stands beside it.
  mutating func mixer(
    _ input: ValueID, _ output: String = "c", from inputs: Int = 2, to outputs: Int = 2, weight: [Double]? = nil,
    bias: [Double]? = nil, hasSlot: Bool = true, shiftRule: LinearInput.ShiftRule? = .passes,
    inputAxis: Int = 1, hasIdentity: Bool = false, sharing shared: ConstantID? = nil
  ) -> ValueID {
    let values = weight ?? (1...inputs * outputs).map { Double($0) }
    let id = shared ?? constant("\(output).weight", values, shape: [outputs, inputs, 1, 1])
    let place =
      bias.map { bias in
        LinearOperator.Bias.constant(
          constant("\(output).bias", bias), layout: BiasLayout(rows: 1, isPerChannel: true), factor: 1)
      } ?? .absent(hasSlot: hasSlot)
    let columns = ChannelMap(pre: outputs, groups: 1, mid: 1, perGroup: inputs, post: 1)
    return linear(
      input, output,
      LinearOperator(
        weight: id, weightMap: .rows(channels: outputs, each: inputs), bias: place, outputRank: 4, channelAxis: 1,
        input: shiftRule.flatMap { rule in columns.map { LinearInput(axis: inputAxis, map: $0, shiftRule: rule) } },
        identityElements: hasIdentity && inputs == outputs ? (0..<inputs).map { $0 * inputs + $0 } : nil))
  }

  mutating func linear(_ input: ValueID, _ output: String, _ linear: LinearOperator) -> ValueID {
    add("Conv", .linear(linear), reading: [input], writing: [output])
  }

  mutating func norm(
    _ input: ValueID, _ output: String = "y", _ numbers: NormNumbers = NormNumbers(), storage: StorageType? = nil,
    refusal: DeclineReason? = nil, isOfConstant: Bool = false, warnings: [FoldWarning] = [], channelAxis: Int = 1,
    typeFreedom: Normalization.TypeFreedom = .none, valueType: TypeBound? = nil, outputs: [String] = [],
    replacing replace: (inout [Normalization.Parameter]) -> Void = { _ in }
  ) -> ValueID {
    var parameters: [Normalization.Parameter] = [
      ("gamma", numbers.gamma), ("beta", numbers.beta), ("mean", numbers.mean), ("variance", numbers.variance),
    ].map { name, values in .constant(constant("\(output).\(name)", values, storage: storage)) }
    replace(&parameters)
    let norm = Normalization(
      gamma: parameters[0], beta: parameters[1], mean: parameters[2], variance: parameters[3],
      epsilon: numbers.epsilon, channelAxis: channelAxis, typeFreedom: typeFreedom,
      valueType: valueType, mode: .inference, isOfConstant: isOfConstant, refusal: refusal, warnings: warnings)
    return add("BatchNormalization", .normalization(norm), reading: [input], writing: [output] + outputs)
  }

  mutating func addition(
    _ input: ValueID, _ output: String = "a", _ values: [Double] = [10, 20], shape: [Int]? = nil,
    firstAxis: Int? = nil, storage: StorageType? = nil, foldsAlone: Bool = true
  ) -> ValueID {
    affine(
      .addition, input, output, values, shape: shape, firstAxis: firstAxis, storage: storage, foldsAlone: foldsAlone)
  }

  mutating func affine(
    _ operation: ConstantAffine.Operation, _ input: ValueID, _ output: String = "a", _ values: [Double] = [10, 20],
    shape: [Int]? = nil, firstAxis: Int? = nil, storage: StorageType? = nil, foldsAlone: Bool = true
  ) -> ValueID {
    let id = constant("\(output).values", values, shape: shape ?? [values.count, 1, 1], storage: storage)
    return add(
      operation == .addition ? "Add" : "\(operation)",
      .affine(
        ConstantAffine(
          operation, constant: id,
          view: ChannelView(constantOf: shape ?? [values.count, 1, 1], over: 4, firstAxis: firstAxis),
          foldsAlone: foldsAlone)),
      reading: [input], writing: [output])
  }

  mutating func identity(_ input: ValueID, _ output: String = "same", outputs: [String] = []) -> ValueID {
    carrier(.identity, input, output, kind: "Identity", outputs: outputs)
  }
}
