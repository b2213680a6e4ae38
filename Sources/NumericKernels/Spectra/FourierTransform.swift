/// A discrete Fourier transform of one length, in double precision.
package struct FourierTransform: Sendable {
  /// A complex number.
  package struct Complex: Sendable {
    package var real: Double
    package var imaginary: Double

    package init(_ real: Double, _ imaginary: Double) {
      self.real = real
      self.imaginary = imaginary
    }
  }

  private let length: Int

  /// The powers of the root of unity.
  private let roots: [Complex]

  /// - Parameters:
  ///   - length: At least 1.
  ///   - isInverse: Whether the root's angle is positive; the sum is not divided by the length.
  package init(length: Int, isInverse: Bool) {
    precondition(length > 0, "a transform has a length")
    self.length = length
    let step: Double = (isInverse ? 2 : -2) * .pi / Double(length)
    roots = (0..<length).map { Complex(Double.cosine(step * Double($0)), Double.sine(step * Double($0))) }
  }

  /// The steps that a transform takes for each element: the sum of its length's prime factors.
  ///
  /// - Complexity: O(square root of the length).
  package static func steps(forLength length: Int) -> Int {
    var (rest, factor, sum) = (length, 2, 1)
    while factor <= rest / factor {
      while rest % factor == 0 { (rest, sum) = (rest / factor, sum + factor) }
      factor += 1
    }
    return rest > 1 ? sum + rest : sum
  }

  /// The transform of a signal.
  ///
  /// - Precondition: The signal has the transform's length.
  /// - Complexity: O(length · sum of the length's prime factors).
  package func transformed(_ signal: [Complex]) -> [Complex] {
    precondition(signal.count == length, "a signal must be as long as its transform")
    return transformed(signal, from: 0, step: 1, count: length)
  }

  /// The transform of every `step`-th number, divided among those of its residue classes (Cooley and Tukey).
  private func transformed(_ signal: [Complex], from start: Int, step: Int, count: Int) -> [Complex] {
    guard count > 1 else { return [signal[start]] }
    let factor = Self.leastFactor(of: count)
    let rest = count / factor
    let parts = (0..<factor).map { transformed(signal, from: start + $0 * step, step: step * factor, count: rest) }
    return (0..<count).map { frequency in
      var sum = Complex(0, 0)
      for (index, part) in parts.enumerated() {
        let root = roots[index * frequency % count * step]
        let term = part[frequency % rest]
        sum.real += root.real * term.real - root.imaginary * term.imaginary
        sum.imaginary += root.real * term.imaginary + root.imaginary * term.real
      }
      return sum
    }
  }

  private static func leastFactor(of number: Int) -> Int {
    var factor = 2
    while factor * factor <= number {
      if number % factor == 0 { return factor }
      factor += 1
    }
    return number
  }
}
