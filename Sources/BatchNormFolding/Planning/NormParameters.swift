/// A norm's parameters as numbers, or why they are of no use.
struct NormParameters {
  private(set) var gamma: [Double] = []
  private(set) var beta: [Double] = []
  private(set) var mean: [Double] = []
  private(set) var variance: [Double] = []
  private(set) var problem: DeclineReason?
  private(set) var warnings: [FoldWarning] = []

  var channels: Int { gamma.count }

  /// Reads and judges the parameters of one norm.
  init(_ norm: Normalization, graph: FoldGraph, constants: some ConstantReader) throws {
    for (parameter, name) in [
      (norm.gamma, "gamma"), (norm.beta, "beta"), (norm.mean, "mean"), (norm.variance, "variance"),
    ] {
      switch parameter {
      case .unusable(let reason):
        problem = problem ?? reason
      case .constant(let id):
        problem = problem ?? Self.problem(of: graph[id], name, mayHaveOnes: norm.parametersMayHaveOnes)
      }
    }
    guard problem == nil, case .constant(let gammaID) = norm.gamma, case .constant(let betaID) = norm.beta,
      case .constant(let meanID) = norm.mean, case .constant(let varianceID) = norm.variance
    else { return }
    gamma = try constants.elements(of: gammaID)
    beta = try constants.elements(of: betaID)
    mean = try constants.elements(of: meanID)
    variance = try constants.elements(of: varianceID)
    judge(epsilon: norm.epsilon)
  }

  func step(epsilon: Double) -> ChannelAffine.Step {
    .normalization(gamma: gamma, beta: beta, mean: mean, variance: variance, epsilon: epsilon)
  }

  private static func problem(
    of constant: FoldConstant, _ name: String, mayHaveOnes: Bool
  ) -> DeclineReason? {
    if constant.storage == nil {
      return DeclineReason(.unsupportedType, "its \(name) '\(constant.name)' is \(constant.typeName)")
    }
    let axes = mayHaveOnes ? Array(constant.shape.prefix(1)) : constant.shape
    if axes.count != 1 {
      return DeclineReason(
        .channelMismatch, "its \(name) '\(constant.name)' has the shape \(constant.shape), not one axis of channels")
    }
    return nil
  }

  private mutating func judge(epsilon: Double) {
    for (values, name) in [(beta, "beta"), (mean, "mean"), (variance, "variance")]
    where values.count != gamma.count {
      problem = DeclineReason(
        .channelMismatch, "its \(name) has \(values.count) channels but its gamma has \(gamma.count)")
      return
    }
    for (channel, value) in variance.enumerated()
    where !(value >= 0 && value + epsilon > 0 && (value + epsilon).isFinite) {
      problem = DeclineReason(
        .invalidVariance,
        "channel \(channel) has the variance \(value), which with epsilon \(epsilon) has no usable square root")
      return
    }
    for (values, name) in [(gamma, "gamma"), (beta, "beta"), (mean, "mean")] {
      guard let channel = values.firstIndex(where: { !$0.isFinite }) else { continue }
      problem = DeclineReason(
        .overflowsStorage, "channel \(channel) has the \(name) \(values[channel]), which no weight can hold")
      return
    }
    warnings = Self.warnings(gamma: gamma, mean: mean, variance: variance, epsilon: epsilon)
  }

  private static func warnings(
    gamma: [Double], mean: [Double], variance: [Double], epsilon: Double
  ) -> [FoldWarning] {
    var warnings: [FoldWarning] = []
    if !mean.isEmpty, mean.allSatisfy({ $0 == 0 }), variance.allSatisfy({ $0 == 1 }) {
      warnings.append(
        FoldWarning(
          .runningStatisticsUntouched,
          "every mean is 0 and every variance 1, as before any training"))
    }
    // Below this epsilon makes up 99 % of the denominator, so the variance no longer decides the scale.
    let tiny = variance.count { $0 < epsilon / 100 }
    if tiny > 0 {
      warnings.append(
        FoldWarning(
          .tinyVariance, "\(tiny) of \(variance.count) channels have a variance below a hundredth of epsilon"))
    }
    let dead = gamma.count { $0 == 0 }
    if dead > 0 {
      warnings.append(FoldWarning(.deadChannels, "\(dead) of \(gamma.count) channels have a gamma of 0"))
    }
    return warnings
  }
}
