extension ChannelAffine {
  /// The scale of a channel to more than 500 bits.
  func wideScale(_ channel: Int) -> WideFloat {
    steps.reduce(WideFloat(1)) { $0 * $1.wideScale(channel) }
  }

  /// The image of a number to more than 500 bits, and the exponent of the largest term it is made of.
  func wideImage(_ start: WideFloat, channel: Int) -> (image: WideFloat, largest: Int) {
    var value = start
    var largest = start.leadingExponent ?? Int.min / 2
    func note(_ term: WideFloat) { largest = max(largest, term.leadingExponent ?? largest) }
    for step in steps {
      switch step {
      case .normalization(_, let beta, let mean, _, _):
        note(WideFloat(mean[channel]))
        let scale = step.wideScale(channel)
        largest += scale.leadingExponent.map { $0 + 1 } ?? 0
        value = (value - WideFloat(mean[channel])) * scale
        note(WideFloat(beta[channel]))
        value = value + WideFloat(beta[channel])
      case .addition(let values):
        note(WideFloat(values[channel]))
        value = value + WideFloat(values[channel])
      }
    }
    return (value, largest)
  }

  /// The image of a number that is known exactly, with a bound of its error.
  ///
  /// Each operation's bound is that of `DoubleDouble`, each scale's 32u², rounded up.
  func bounded(_ start: DoubleDouble, channel: Int) -> (image: DoubleDouble, error: Double) {
    let unit = FoldArithmetic.unit
    var value = start
    var error = 0.0
    for step in steps {
      switch step {
      case .normalization(_, let beta, let mean, _, _):
        let centred = value - DoubleDouble(mean[channel])
        let scale = step.scale(channel)
        let scaled = centred * scale
        let centredError = error + abs(centred.hi) * 4 * unit
        value = scaled + DoubleDouble(beta[channel])
        error = (centredError * abs(scale.hi) + abs(scaled.hi) * 40 * unit + abs(value.hi) * 4 * unit) * (1 + 0x1p-40)
      case .addition(let values):
        value = value + DoubleDouble(values[channel])
        error = (error + abs(value.hi) * 4 * unit) * (1 + 0x1p-40)
      }
    }
    // What underflow of a low part may have cost.
    return (value, error + 0x1p-1060)
  }
}

extension ChannelAffine.Step {
  func wideScale(_ channel: Int) -> WideFloat {
    switch self {
    case .normalization(let gamma, _, _, let variance, let epsilon):
      WideFloat(gamma[channel]) * (WideFloat(variance[channel]) + WideFloat(epsilon)).reciprocalSquareRoot()
    case .addition: WideFloat(1)
    }
  }
}
