import Tensors

/// Gathers how far one value is from the truth where the candidate's parameters are exact.
struct ExactMeasurement {
  private var error = 0.0
  private var magnitude = 0.0
  private var shape: [Int] = []

  /// Takes in one run; a value that was not made is infinitely far off.
  ///
  /// - Complexity: O(elements).
  mutating func add(_ truth: Tensor, _ other: Tensor?) {
    shape = truth.shape
    guard let other, other.shape == truth.shape, let numbers = truth.doubles, let others = other.doubles else {
      error = .infinity
      return
    }
    var (largest, most) = (numbers.span.largestDistance(from: others.span), numbers.span.largestMagnitude)
    if !largest.isFinite || !most.isFinite { (largest, most) = Self.carefully(numbers, others) }
    error = max(error, largest)
    magnitude = max(magnitude, most)
  }

  private static func carefully(_ numbers: [Double], _ others: [Double]) -> (error: Double, magnitude: Double) {
    var (error, magnitude) = (0.0, 0.0)
    for (number, other) in zip(numbers, others) {
      if number.isFinite { magnitude = max(magnitude, abs(number)) }
      if number == other || number.isNaN && other.isNaN { continue }
      let distance = abs(other - number)
      error = max(error, distance.isNaN ? .infinity : distance)
    }
    return (error, magnitude)
  }

  /// The error as a share of the value's largest magnitude, here or in a value of its shape that it is made of.
  func share(with sources: [ExactMeasurement]) -> Double {
    let scale = sources.filter { $0.shape == shape }.map(\.magnitude).max() ?? 0
    // Exact parameters are doubles themselves, and have no digits left where those end.
    return error < 0x1p-1000 ? 0 : error / max(scale, magnitude)
  }
}
