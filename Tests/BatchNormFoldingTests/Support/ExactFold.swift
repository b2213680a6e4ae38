@testable import BatchNormFolding

/// The exact real value of a folded element, compared with binary numbers without ever being computed.
///
/// `W · factor · Πγ / (Πd · √Π(variance + epsilon))` lies above a bound where its square does; a bias behind two norms is
/// `((P + Q / √v) · γ / √w + β) / d`, whose side of a bound follows from squaring twice.
struct ExactFold {
  private let steps: [ChannelAffine.Step]
  private let channel: Int

  /// The product of the gammas and factors, that of the divisors, and that of the variances with their epsilons.
  private let gamma: Dyadic
  private let divisor: Dyadic
  private let radicand: Dyadic

  init(_ affine: ChannelAffine, channel: Int) {
    steps = affine.steps
    self.channel = channel
    var (gamma, divisor, radicand) = (Dyadic(1), Dyadic(1), Dyadic(1))
    for step in steps {
      switch step {
      case .normalization(let gammas, _, _, let variances, let epsilon):
        gamma = gamma * Dyadic(gammas[channel])
        radicand = radicand * (Dyadic(variances[channel]) + Dyadic(epsilon[channel]))
      case .multiplication(let values): gamma = gamma * Dyadic(values[channel])
      case .division(let values): divisor = divisor * Dyadic(values[channel])
      case .addition: break
      }
    }
    (self.gamma, self.divisor, self.radicand) = (gamma, divisor, radicand)
  }

  /// The sign of the folded weight's difference from a bound.
  func side(ofWeight stored: Double, factor: Double, from bound: Dyadic) -> Int {
    Self.side(-bound * divisor, ofRoot: radicand, plus: Dyadic(stored) * Dyadic(factor) * gamma) * divisor.sign
  }

  /// The sign of the difference of a folded weight plus another fold's scale from a bound.
  func side(ofWeight stored: Double, factor: Double, plusScaleOf other: ExactFold, from bound: Dyadic) -> Int {
    // P / (D · √R) + G / (E · √S) − bound, times D · E · R · √S.
    let product = Dyadic(stored) * Dyadic(factor) * gamma
    let divisors = divisor * other.divisor
    return Self.side(
      product * other.divisor, ofRoot: radicand * other.radicand, plus: other.gamma * divisor * radicand,
      from: bound * divisors * radicand, timesRoot: other.radicand) * divisors.sign
  }

  /// The sign of the folded bias's difference from a bound.
  ///
  /// - Precondition: There are at most two norms.
  func side(ofBias stored: Double, factor: Double, from bound: Dyadic) -> Int {
    side(ofSum: Dyadic(stored) * Dyadic(factor), root: nil, from: bound)
  }

  /// The sign of the difference of the image of `whole + numerator / √radicand` from a bound.
  ///
  /// - Precondition: There are at most two roots, that of the number included.
  func side(ofSum whole: Dyadic, root: (numerator: Dyadic, radicand: Dyadic)?, from bound: Dyadic) -> Int {
    var (whole, root) = (whole, root)
    var outer: (gamma: Dyadic, radicand: Dyadic, beta: Dyadic)?
    // Everything so far is divided by this.
    var divisor = Dyadic(1)
    func add(_ value: Double) {
      let term = Dyadic(value) * divisor
      if let (gamma, radicand, beta) = outer { outer = (gamma, radicand, beta + term) } else { whole = whole + term }
    }
    func multiply(by factor: Dyadic) {
      if let (gamma, radicand, beta) = outer {
        outer = (gamma * factor, radicand, beta * factor)
      } else {
        whole = whole * factor
        root = root.map { ($0.numerator * factor, $0.radicand) }
      }
    }
    for step in steps {
      switch step {
      case .normalization(let gammas, let betas, let means, let variances, let epsilon):
        let radicand = Dyadic(variances[channel]) + Dyadic(epsilon[channel])
        add(-means[channel])
        if root == nil {
          root = (whole * Dyadic(gammas[channel]), radicand)
          whole = Dyadic(0)
        } else {
          precondition(outer == nil, "the oracle knows at most two norms")
          outer = (Dyadic(gammas[channel]), radicand, Dyadic(0))
        }
        add(betas[channel])
      case .addition(let values): add(values[channel])
      case .multiplication(let values): multiply(by: Dyadic(values[channel]))
      case .division(let values): divisor = divisor * Dyadic(values[channel])
      }
    }
    let (numerator, inner) = root ?? (Dyadic(0), Dyadic(1))
    let bound = bound * divisor
    guard let (gamma, radicand, beta) = outer else {
      return Self.side(whole - bound, ofRoot: inner, plus: numerator) * divisor.sign
    }
    // (whole + numerator / √inner) · gamma − (bound − beta) · √radicand, times √inner.
    return Self.side(
      whole * gamma, ofRoot: inner, plus: numerator * gamma, from: bound - beta, timesRoot: inner * radicand)
      * divisor.sign
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
