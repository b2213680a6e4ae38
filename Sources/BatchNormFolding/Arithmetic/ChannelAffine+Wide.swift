extension ChannelAffine {
  /// The scale of a channel to more than 500 bits.
  ///
  /// - Precondition: The map is defined there.
  /// - Complexity: O(steps).
  func wideScale(_ channel: Int) -> WideFloat {
    steps.reduce(WideFloat(1)) { $0 * $1.wideScale(channel) }
  }

  /// The image of a number to more than 500 bits.
  ///
  /// - Returns: The image, and the exponent of the largest term that is not known exactly.
  /// - Precondition: The map is defined there.
  /// - Complexity: O(steps).
  func wideImage(_ start: WideFloat, channel: Int) -> (image: WideFloat, largest: Int) {
    var image = WideImage(start)
    for step in steps {
      switch step {
      case .normalization(_, let beta, let mean, _, _):
        image.add(-mean[channel])
        image.multiply(by: step.wideScale(channel))
        image.add(beta[channel])
      case .addition(let values): image.add(values[channel])
      case .multiplication, .division: image.multiply(by: step.wideScale(channel))
      }
    }
    return (image.value, image.largest)
  }
}

extension ChannelAffine.Step {
  func wideScale(_ channel: Int) -> WideFloat {
    switch self {
    case .normalization(let gamma, _, _, let variance, let epsilon):
      WideFloat(gamma[channel]) * (WideFloat(variance[channel]) + WideFloat(epsilon[channel])).reciprocalSquareRoot()
    case .addition: WideFloat(1)
    case .multiplication(let values): WideFloat(values[channel])
    case .division(let values): WideFloat(values[channel]).reciprocal()
    }
  }
}

/// A wide number in the making.
private struct WideImage {
  private(set) var value: WideFloat

  /// The exponent of the largest term that is not known exactly.
  private(set) var largest = Int.min / 2

  /// That term at most, over 2 to that exponent; so that a long chain does not add up what an exponent leaves open.
  private var significand = 1.0

  init(_ value: WideFloat) { self.value = value }

  mutating func add(_ term: Double) {
    let addend = WideFloat(term)
    let sum = value + addend
    if sum - value - addend != WideFloat(0) {
      for exponent in [value.leadingExponent, addend.leadingExponent] { raise(to: exponent) }
    }
    value = sum
  }

  mutating func multiply(by factor: WideFloat) {
    value = value * factor
    guard let exponent = factor.leadingExponent else {
      largest = Int.min / 2
      return
    }
    let product = significand * factor.leading
    largest += exponent + (product < 2 ? 0 : 1)
    significand = product < 2 ? product : product / 2
    raise(to: value.leadingExponent)
  }

  private mutating func raise(to exponent: Int?) {
    guard let exponent, exponent >= largest else { return }
    (largest, significand) = (exponent, 2.0.nextDown)
  }
}
