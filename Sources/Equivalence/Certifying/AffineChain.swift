/// Per-channel maps in the order of their application.
package struct AffineChain: Equatable, Sendable {
  package let channels: Int
  package let steps: [AffineStep]

  /// - Precondition: Each step has a number for each channel.
  package init(channels: Int, steps: [AffineStep]) {
    self.channels = channels
    self.steps = steps
  }

  /// What the chain multiplies by.
  ///
  /// - Complexity: O(steps).
  func scale(ofChannel channel: Int) -> TwoPart {
    steps.reduce(TwoPart(1)) { scale, step in
      switch step {
      case .normalization(let gamma, _, _, let variance, let epsilon):
        scale * Self.scale(gamma[channel], variance[channel], epsilon)
      case .addition: scale
      case .multiplication(let factors): scale * TwoPart(factors[channel])
      case .division(let divisors): scale / TwoPart(divisors[channel])
      }
    }
  }

  /// What a norm multiplies a channel by.
  private static func scale(_ gamma: Double, _ variance: Double, _ epsilon: Double) -> TwoPart {
    TwoPart(gamma) / (TwoPart(variance) + TwoPart(epsilon)).squareRoot
  }

  /// What the chain makes of a number, and how large the largest number on the way is, seen from the end.
  ///
  /// - Parameter largest: The largest number that `start` is itself a sum of.
  /// - Complexity: O(steps).
  func image(of start: TwoPart, channel: Int, largest: Double = 0) -> (value: TwoPart, largest: Double) {
    var (value, largest) = (start, max(largest, start.magnitude))
    func scale(by factor: TwoPart) {
      value = value * factor
      largest *= factor.magnitude
    }
    func add(_ number: Double) {
      largest = max(largest, abs(number))
      value = value + TwoPart(number)
      largest = max(largest, value.magnitude)
    }
    for step in steps {
      switch step {
      case .normalization(let gamma, let beta, let mean, let variance, let epsilon):
        add(-mean[channel])
        scale(by: Self.scale(gamma[channel], variance[channel], epsilon))
        add(beta[channel])
      case .addition(let values): add(values[channel])
      case .multiplication(let factors): scale(by: TwoPart(factors[channel]))
      case .division(let divisors): scale(by: TwoPart(1) / TwoPart(divisors[channel]))
      }
    }
    return (value, largest)
  }
}
