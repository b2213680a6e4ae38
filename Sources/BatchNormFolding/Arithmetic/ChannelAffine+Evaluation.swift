extension ChannelAffine {
  /// The scale of one channel: the product of all `gamma / sqrt(variance + epsilon)`.
  ///
  /// NaN where the map is not defined; infinite or 0 where no double is as large or as small.
  ///
  /// - Returns: The scale with a relative error below 32u² a step, with u = 2⁻⁵³.
  /// - Complexity: O(steps).
  package func scale(ofChannel channel: Int) -> DoubleDouble {
    if let scale = estimatedScale(ofChannel: channel) { return scale }
    return isDefined(channel) ? wideScale(channel).doubleDouble : DoubleDouble(.nan)
  }

  /// The scales of all channels.
  ///
  /// - Complexity: O(steps × channels).
  package func scales() -> [DoubleDouble] { (0..<channels).map { scale(ofChannel: $0) } }

  /// The shift of one channel, which is the image of 0; for reports, since it lacks a bias's digits.
  ///
  /// - Complexity: O(steps).
  package func shift(ofChannel channel: Int) -> DoubleDouble { applied(to: DoubleDouble(0), channel: channel) }

  /// What a number of one channel becomes.
  ///
  /// - Complexity: O(steps).
  package func applied(to value: DoubleDouble, channel: Int) -> DoubleDouble {
    steps.reduce(value) { $1.applied(to: $0, channel: channel) }
  }

  /// The scale of one channel with a relative error below 32u² a step, nil where it, or what it is made of, is too
  /// large or too small for such a bound, or is not defined.
  func estimatedScale(ofChannel channel: Int) -> DoubleDouble? {
    var product = DoubleDouble(1)
    for step in steps {
      guard let scale = step.estimatedScale(channel) else { return nil }
      product = product * scale
      guard product.isWellScaled else { return nil }
    }
    return product
  }

  /// The image of a number that is known exactly, with a bound of its error; the bound is infinite where the image,
  /// or what it is made of, is too large or too small for one, or is not defined.
  func bounded(_ start: DoubleDouble, channel: Int) -> (image: DoubleDouble, error: Double) {
    let estimate = bounded(Estimate(start), channel: channel)
    return (estimate.value, estimate.error)
  }

  /// The image of a number that is known with a bound of its error, likewise.
  func bounded(_ start: Estimate, channel: Int) -> Estimate {
    var estimate = start
    for step in steps {
      switch step {
      case .normalization(_, let beta, let mean, _, _):
        let scale = step.estimatedScale(channel) ?? DoubleDouble(.nan)
        estimate = estimate.adding(-mean[channel]).multiplied(by: scale, off: 21 * 0x1p-106).adding(beta[channel])
      case .addition(let values): estimate = estimate.adding(values[channel])
      case .multiplication(let values): estimate = estimate.multiplied(by: DoubleDouble(values[channel]), off: 0)
      case .division:
        let scale = step.estimatedScale(channel) ?? DoubleDouble(.nan)
        estimate = estimate.multiplied(by: scale, off: 10 * 0x1p-106)
      }
    }
    return estimate
  }
}

extension ChannelAffine.Step {
  /// The scale of one channel; relative error below 21u².
  func scale(_ channel: Int) -> DoubleDouble {
    switch self {
    case .normalization(let gamma, _, _, let variance, let epsilon):
      let sum = DoubleDouble(sum: variance[channel], epsilon[channel])
      return DoubleDouble(gamma[channel]) / sum.squareRoot()
    case .addition: return DoubleDouble(1)
    case .multiplication(let values): return DoubleDouble(values[channel])
    case .division(let values): return DoubleDouble(1) / DoubleDouble(values[channel])
    }
  }

  /// The scale of one channel, nil where there is no bound of its error.
  func estimatedScale(_ channel: Int) -> DoubleDouble? {
    switch self {
    case .normalization(let gamma, _, _, let variance, let epsilon):
      let sum = DoubleDouble(sum: variance[channel], epsilon[channel])
      guard sum.hi > 0, sum.isWellScaled, DoubleDouble(gamma[channel]).isWellScaled else { return nil }
    case .division(let values):
      guard values[channel] != 0, DoubleDouble(values[channel]).isWellScaled else { return nil }
    case .addition, .multiplication: break
    }
    let scale = scale(channel)
    return scale.isWellScaled ? scale : nil
  }

  func applied(to value: DoubleDouble, channel: Int) -> DoubleDouble {
    switch self {
    case .normalization(_, let beta, let mean, _, _): (value - mean[channel]) * scale(channel) + beta[channel]
    case .addition(let values): value + values[channel]
    case .multiplication(let values): value * values[channel]
    case .division(let values): value / DoubleDouble(values[channel])
    }
  }
}
