import NumericKernels
import ProtobufIO
import Tensors

/// Normalizations over channels, groups and trailing axes.
extension OperatorTable {
  mutating func addNormalizations() {
    add("BatchNormalization", several: Self.batchNormalization)
    add("InstanceNormalization", Self.instanceNormalization)
    add("GroupNormalization", Self.groupNormalization)
    add("LayerNormalization", several: Self.layerNormalization)
    add("RMSNormalization", Self.rootMeanSquareNormalization)
    add("MeanVarianceNormalization", Self.meanVarianceNormalization)
    add("LRN", Self.localResponse)
    add("LpNormalization") { call in
      let rule: RowNormalization = try call.integer("p", default: 2) == 1 ? .unitMagnitude : .unitEuclidean
      return try Self.normalizeAxis(&call, rule, axis: call.integer("axis", default: -1))
    }
    add("Softmax") { try Self.softmax(&$0, .softmax) }
    add("LogSoftmax") { try Self.softmax(&$0, .logSoftmax) }
    add("Hardmax") { try Self.softmax(&$0, .hardmax) }
  }

  private static func batchNormalization(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let trains =
      try !call.context.assumesInference
      && (saysTraining(call) || (1..<call.node.outputs.count).contains { call.hasOutput($0) })
    guard try !trains || call.version >= 14 && call.integer("training_mode", default: 0) == 1 else {
      throw ComputationFailure("BatchNormalization is in training mode")
    }
    guard try call.version >= 9 || call.integer("spatial", default: 1) == 1 else {
      return [.tensor(try nonSpatialNormalization(call))]
    }
    let epsilon = try call.real("epsilon", default: 1e-5)
    let parameters = try (1...4).map { try call.reals($0) }
    let shape = try call.tensor(0).shape
    let channels = shape.count < 2 ? 1 : shape[1]
    guard parameters.allSatisfy({ $0.count == channels }) else {
      throw ComputationFailure("its parameters do not have \(channels) elements")
    }
    let size = Shape.count(of: shape.dropFirst(2))
    var (mean, variance) = (parameters[2], parameters[3])
    var running: [Value?] = []
    if trains {
      let momentum = S(try call.real("momentum", default: 0.9))
      let batch = try batchStatistics(call, channels: channels)
      let kinds = (try call.tensor(3).kind, try call.tensor(4).kind)
      let newMean = zip(mean, batch.mean).map { $0 * momentum + $1 * (1 - momentum) }
      let newVariance = zip(variance, batch.variance).map { $0 * momentum + $1 * (1 - momentum) }
      running = [
        .tensor(try Tensor([channels], kinds.0, reals: newMean)),
        .tensor(try Tensor([channels], kinds.1, reals: newVariance)),
      ]
      (mean, variance) = batch
    }
    let tensor = try call.take(0)
    let kind = tensor.kind
    let scale = zip(parameters[0], variance).map { $0 / ($1 + S(epsilon)).squareRoot() }
    let shift = parameters[1].indices.map { parameters[1][$0] - mean[$0] * scale[$0] }
    var elements = try OperatorCall<S>.reals(of: consume tensor, input: 0)
    mapChannels(of: &elements, size: size, scale: scale, shift: shift)
    return try [.tensor(Tensor(shape, kind, reals: elements))] + running
  }

  /// Whether attributes say that the operator trains, in whichever operator set they are known.
  static func saysTraining(_ call: OperatorCall<S>) throws -> Bool {
    try call.integer("is_test", default: call.version < 7 ? 0 : 1) == 0
      || call.integer("training_mode", default: 0) != 0
  }

  /// The mean and the population variance of each channel.
  private static func batchStatistics(
    _ call: OperatorCall<S>, channels: Int
  ) throws -> (mean: [S], variance: [S]) {
    let tensor = try call.tensor(0)
    let order = tensor.rank < 2 ? Array(tensor.shape.indices) : [1, 0] + tensor.shape.indices.dropFirst(2)
    let rows = try OperatorCall<S>.reals(of: tensor.transposed(by: order), input: 0)
    let width = rows.count / max(channels, 1)
    let means = RowReduction.mean.reduced(rows, rows: channels, width: width)
    let squares = rows.indices.map { (rows[$0] - means[$0 / width]) * (rows[$0] - means[$0 / width]) }
    return (means, RowReduction.mean.reduced(squares, rows: channels, width: width))
  }

  /// The form of old opsets in which each activation has parameters of its own.
  private static func nonSpatialNormalization(_ call: OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let epsilon = S(try call.real("epsilon", default: 1e-5))
    let parameters = try (1...4).map { try call.reals($0) }
    let size = Shape.count(of: tensor.shape.dropFirst())
    guard parameters.allSatisfy({ $0.count == size }) else {
      throw ComputationFailure("its parameters do not have \(size) elements")
    }
    let elements = try call.reals(0)
    let result = elements.indices.map { index in
      let place = index % size
      return (elements[index] - parameters[2][place]) / (parameters[3][place] + epsilon).squareRoot()
        * parameters[0][place] + parameters[1][place]
    }
    return try Tensor(tensor.shape, tensor.kind, reals: result)
  }

  private static func instanceNormalization(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    guard tensor.rank >= 2 else { throw ComputationFailure("an input of rank \(tensor.rank) has no channels") }
    let size = Shape.count(of: tensor.shape.dropFirst(2))
    var elements = try call.reals(0)
    RowNormalization.standardized(epsilon: try call.real("epsilon", default: 1e-5)).apply(to: &elements, width: size)
    let (scale, shift) = (try call.reals(1), try call.reals(2))
    guard scale.count == tensor.shape[1], shift.count == scale.count else {
      throw ComputationFailure("its parameters do not have \(tensor.shape[1]) elements")
    }
    mapChannels(of: &elements, size: size, scale: scale, shift: shift)
    return try Tensor(tensor.shape, tensor.kind, reals: elements)
  }

  private static func groupNormalization(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let groups = try call.count("num_groups", default: 0)
    guard tensor.rank >= 2, groups > 0, tensor.shape[1] % groups == 0 else {
      throw ComputationFailure("\(groups) groups do not divide a shape of \(tensor.shape)")
    }
    let channels = tensor.shape[1]
    let size = Shape.count(of: tensor.shape.dropFirst(2))
    var elements = try call.reals(0)
    RowNormalization.standardized(epsilon: try call.real("epsilon", default: 1e-5))
      .apply(to: &elements, width: channels / groups * size)
    // Before opset 21 there is one parameter for each group.
    func perChannel(_ parameters: [S]) throws -> [S] {
      if parameters.count == channels, call.version >= 21 || groups == channels { return parameters }
      guard parameters.count == groups, call.version < 21 else {
        throw ComputationFailure("it has \(parameters.count) scales")
      }
      return (0..<channels).map { parameters[$0 / (channels / groups)] }
    }
    mapChannels(of: &elements, size: size, scale: try perChannel(call.reals(1)), shift: try perChannel(call.reals(2)))
    return try Tensor(tensor.shape, tensor.kind, reals: elements)
  }

  private static func layerNormalization(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let tensor = try call.tensor(0)
    let axis = try call.axis(call.integer("axis", default: -1), rank: tensor.rank)
    let width = Shape.count(of: tensor.shape[axis...])
    let epsilon = try call.real("epsilon", default: 1e-5)
    let elements = try call.reals(0)
    var normalized = elements
    RowNormalization.standardized(epsilon: epsilon).apply(to: &normalized, width: width)
    var result = try combined(
      try Tensor(tensor.shape, tensor.kind, reals: normalized), .product, try call.tensor(1))
    if let shift = try call.optionalTensor(2) { result = try combined(result, .sum, shift) }
    guard call.outputCount > 1 else { return [.tensor(result)] }
    guard width > 0 else { throw ComputationFailure("shape \(tensor.shape) has no mean along axis \(axis)") }
    let shape = tensor.shape[..<axis] + Array(repeating: 1, count: tensor.rank - axis)
    let (mean, inverse) = RowNormalization.statistics(of: elements, width: width, epsilon: epsilon)
    return [
      .tensor(result), .tensor(try Tensor(Array(shape), .float32, reals: mean)),
      .tensor(try Tensor(Array(shape), .float32, reals: inverse)),
    ]
  }

  private static func rootMeanSquareNormalization(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let axis = try call.axis(call.integer("axis", default: -1), rank: tensor.rank)
    var elements = try call.reals(0)
    RowNormalization.rootMeanSquare(epsilon: try call.real("epsilon", default: 1e-5))
      .apply(to: &elements, width: Shape.count(of: tensor.shape[axis...]))
    return try combined(Tensor(tensor.shape, tensor.kind, reals: elements), .product, try call.tensor(1))
  }

  private static func meanVarianceNormalization(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let axes = Set(try (call.integers("axes") ?? [0, 2, 3]).map { try call.axis($0, rank: tensor.rank) })
    let kept = tensor.shape.indices.filter { !axes.contains($0) }
    let order = kept + axes.sorted()
    var elements = try OperatorCall<S>.reals(of: tensor.transposed(by: order), input: 0)
    RowNormalization.standardized(epsilon: 1e-9).apply(
      to: &elements, width: Shape.count(of: axes.map { tensor.shape[$0] }))
    let moved = try Tensor(order.map { tensor.shape[$0] }, tensor.kind, reals: elements)
    return try moved.transposed(by: Self.inverse(of: order))
  }

  /// Each element over a power of the mean of squares of the channels around it.
  private static func localResponse(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let size = try call.count("size", default: 1)
    guard tensor.rank >= 2, size > 0 else {
      throw ComputationFailure("a size of \(size) or rank of \(tensor.rank) is not possible")
    }
    let (alpha, beta) = (try call.real("alpha", default: 0.0001), try call.real("beta", default: 0.75))
    let bias = try call.real("bias", default: 1)
    let elements = try call.reals(0)
    let (channels, inner) = (tensor.shape[1], Shape.count(of: tensor.shape.dropFirst(2)))
    try Ledger.count(elements.count, min(size, channels), cost: 4)
    var result = elements
    for index in result.indices {
      let channel = index / inner % channels
      let first = max(0, channel - (size - 1) / 2)
      let last = min(channels - 1, channel + size / 2)
      var sum = S.zero
      for other in first...last {
        let element = elements[index + (other - channel) * inner]
        sum += element * element
      }
      result[index] = elements[index] / S.power(S(bias) + S(alpha / Double(size)) * sum, S(beta))
    }
    return try Tensor(tensor.shape, tensor.kind, reals: result)
  }

  /// Before opset 13 all axes from the given one on are one row.
  private static func softmax(_ call: inout OperatorCall<S>, _ rule: RowNormalization) throws -> Tensor {
    let tensor = try call.tensor(0)
    guard call.version < 13 else {
      return try normalizeAxis(&call, rule, axis: call.integer("axis", default: -1))
    }
    let axis = try call.axis(call.integer("axis", default: 1), rank: tensor.rank, includesEnd: true)
    var elements = try call.reals(0)
    rule.apply(to: &elements, width: Shape.count(of: tensor.shape[axis...]))
    return try Tensor(tensor.shape, tensor.kind, reals: elements)
  }

  /// Normalizes the lines along one axis.
  private static func normalizeAxis(
    _ call: inout OperatorCall<S>, _ rule: RowNormalization, axis: Int
  ) throws -> Tensor {
    let tensor = try call.take(0)
    guard tensor.rank > 0 else {
      var elements = try OperatorCall<S>.reals(of: tensor, input: 0)
      rule.apply(to: &elements, width: 1)
      return try Tensor([], tensor.kind, reals: elements)
    }
    let axis = try call.axis(axis, rank: tensor.rank)
    let order = tensor.shape.indices.filter { $0 != axis } + [axis]
    let (kind, width) = (tensor.kind, tensor.shape[axis])
    let moved = try tensor.transposed(by: order)
    let shape = moved.shape
    var elements = try OperatorCall<S>.reals(of: consume moved, input: 0)
    rule.apply(to: &elements, width: width)
    return try Tensor(shape, kind, reals: elements).transposed(by: inverse(of: order))
  }

  /// The permutation that undoes another.
  static func inverse(of order: [Int]) -> [Int] {
    var result = order
    for (position, axis) in order.enumerated() { result[axis] = position }
    return result
  }
}
