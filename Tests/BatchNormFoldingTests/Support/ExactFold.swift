@testable import BatchNormFolding

/// The exact real value of a folded element, compared with binary numbers without ever being computed.
///
/// `W · factor · Πγ / √Π(variance + epsilon)` lies above a bound where its square does; a bias behind two norms is
/// `(P + Q / √v) · γ / √w + β`, whose side of a bound follows from squaring twice.
struct ExactFold {
  private let steps: [ChannelAffine.Step]
  private let channel: Int

  /// The product of the gammas and that of the variances with their epsilons.
  private let gamma: Dyadic
  private let radicand: Dyadic

  init(_ affine: ChannelAffine, channel: Int) {
    steps = affine.steps
    self.channel = channel
    var (gamma, radicand) = (Dyadic(1), Dyadic(1))
    for step in steps {
      guard case .normalization(let gammas, _, _, let variances, let epsilon) = step else { continue }
      gamma = gamma * Dyadic(gammas[channel])
      radicand = radicand * (Dyadic(variances[channel]) + Dyadic(epsilon))
    }
    (self.gamma, self.radicand) = (gamma, radicand)
  }

  /// The sign of the folded weight's difference from a bound.
  func side(ofWeight stored: Double, factor: Double, from bound: Dyadic) -> Int {
    Self.side(-bound, ofRoot: radicand, plus: Dyadic(stored) * Dyadic(factor) * gamma)
  }

  /// The sign of the folded bias's difference from a bound.
  ///
  /// - Precondition: There are at most two norms.
  func side(ofBias stored: Double, factor: Double, from bound: Dyadic) -> Int {
    var whole = Dyadic(stored) * Dyadic(factor)
    var root: (numerator: Dyadic, radicand: Dyadic)?
    var outer: (gamma: Dyadic, radicand: Dyadic, beta: Dyadic)?
    for step in steps {
      switch step {
      case .normalization(let gammas, let betas, let means, let variances, let epsilon):
        let (gamma, beta) = (Dyadic(gammas[channel]), Dyadic(betas[channel]))
        let radicand = Dyadic(variances[channel]) + Dyadic(epsilon)
        whole = whole - Dyadic(means[channel])
        if root == nil {
          root = (whole * gamma, radicand)
          whole = beta
        } else {
          precondition(outer == nil, "the oracle knows at most two norms")
          outer = (gamma, radicand, beta)
        }
      case .addition(let values):
        if let (gamma, radicand, beta) = outer {
          outer = (gamma, radicand, beta + Dyadic(values[channel]))
        } else {
          whole = whole + Dyadic(values[channel])
        }
      }
    }
    let (numerator, inner) = root ?? (Dyadic(0), Dyadic(1))
    guard let (gamma, radicand, beta) = outer else {
      return Self.side(whole - bound, ofRoot: inner, plus: numerator)
    }
    // (whole + numerator / √inner) · gamma − (bound − beta) · √radicand, times √inner.
    return Self.side(
      whole * gamma, ofRoot: inner, plus: numerator * gamma, from: bound - beta, timesRoot: inner * radicand)
  }

  /// The sign of `a√v + c`.
  private static func side(_ a: Dyadic, ofRoot v: Dyadic, plus c: Dyadic) -> Int {
    if a.sign == c.sign || c.isZero { return a.sign }
    if a.isZero { return c.sign }
    return (a.squared * v - c.squared).sign * a.sign
  }

  /// The sign of `a√v + c − d√w`.
  private static func side(
    _ a: Dyadic, ofRoot v: Dyadic, plus c: Dyadic, from d: Dyadic, timesRoot w: Dyadic
  ) -> Int {
    let left = side(a, ofRoot: v, plus: c)
    guard left == d.sign else { return left > d.sign ? 1 : -1 }
    guard left != 0 else { return 0 }
    // Both sides have one sign: compare a²v + c² + 2ac√v with d²w.
    let squares = a.squared * v + c.squared - d.squared * w
    return side(Dyadic(2) * a * c, ofRoot: v, plus: squares) * left
  }
}
