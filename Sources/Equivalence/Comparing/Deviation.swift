public import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How far one tensor is from another.
public struct Deviation: Codable, Equatable, Sendable {
  /// The value's name.
  public var name: String
  /// What both were computed in.
  public var precision: Precision
  public var shape: [Int]
  public var type: String
  public var elements: Int
  /// The greatest less the least of the finite expected elements.
  public var range = 0.0
  /// nil where an element is NaN or infinite and the other is not the same.
  public var maxAbsoluteError: Double? = 0
  /// Against the expected element; elements expected to be 0 do not count.
  public var maxRelativeError: Double? = 0
  public var rootMeanSquareError: Double? = 0
  /// The elements that are further off than the tolerance allows.
  public var mismatches = 0
  /// The largest difference between the computed tensor and the same computed in float64; nil where that was not
  /// asked for.
  public var ownRounding: Double?
  /// The cosine of the angle between both; nil where one is 0 or not finite.
  public var cosine: Double?
  /// The signal-to-noise ratio in dB; nil where there is no noise or no signal.
  public var signalToNoise: Double?
  /// For what looks like scores of classes, `[images, classes]`: the share of images whose best class is the same,
  /// and the mean share of the best five that both have.
  public var bestAgreement: Double?
  public var bestFiveAgreement: Double?
  /// How many expected elements are NaN, and how many elements are in only one of the two.
  public var expectedNaN = 0
  public var differentNaN = 0
  /// The place of the first element that is NaN in only one of the two, in row-major order.
  public var firstDifferentNaN: Int?
  /// The share of the expected elements that are the least or the greatest of all: 1 for a constant, near 1 where
  /// the output is saturated, so that it hides what is before it.
  public var shareAtEnds = 0.0
  /// What differs besides the elements' values.
  public var difference: String?

  /// Whether every expected element is the same number, or none is one.
  public var isConstant: Bool { elements > 0 && range == 0 && shareAtEnds == 1 }

  /// Whether nearly every expected element is at an end of the range; a value of two numbers alone is not.
  public var isSaturated: Bool { !isConstant && elements >= 16 && shareAtEnds >= 0.9 }

  /// Whether all is within the tolerance.
  public var isWithinTolerance: Bool { mismatches == 0 && difference == nil }
}

extension Deviation {
  /// Compares two values.
  ///
  /// NaN is equal to NaN, and an infinity to itself. Text, integers and truth values are compared exactly.
  ///
  /// - Complexity: O(elements).
  public init(_ name: String, _ precision: Precision, expected: Value, actual: Value, _ tolerance: Tolerance) {
    self.init(name: name, precision: precision, shape: [], type: "", elements: 0)
    switch (expected, actual) {
    case (.tensor(let expected), .tensor(let actual)): compare(expected, actual, tolerance)
    case (.absent, .absent): type = "absent"
    case (.sequence(let expected), .sequence(let actual)):
      type = "sequence"
      shape = [expected.count]
      guard expected.count == actual.count else {
        difference = "\(actual.count) values rather than \(expected.count)"
        return
      }
      for (expected, actual) in zip(expected, actual) {
        add(Deviation(name, precision, expected: expected, actual: actual, tolerance))
      }
    default: difference = "another kind of value"
    }
  }

  private init(name: String, precision: Precision, shape: [Int], type: String, elements: Int) {
    self.name = name
    self.precision = precision
    self.shape = shape
    self.type = type
    self.elements = elements
  }

  private mutating func compare(_ expected: Tensor, _ actual: Tensor, _ tolerance: Tolerance) {
    shape = expected.shape
    type = expected.kind.rawValue
    elements = expected.count
    guard expected.kind == actual.kind else {
      difference = "\(actual.kind.rawValue) rather than \(expected.kind.rawValue)"
      return
    }
    guard expected.shape == actual.shape else {
      difference = "shape \(actual.shape) rather than \(expected.shape)"
      return
    }
    if case .text(let left) = expected.elements, case .text(let right) = actual.elements {
      mismatches = zip(left, right).count { $0 != $1 }
      return
    }
    if case .integer(let left) = expected.elements, case .integer(let right) = actual.elements {
      // Integers beyond 2⁵³ are told apart only as such.
      mismatches = zip(left, right).count { $0 != $1 }
    }
    if expected.kind.isReal, expected.rank == 2, expected.shape[1] > 1, expected.count > 0 {
      compareScores(expected.doubles ?? [], actual.doubles ?? [], classes: expected.shape[1])
    }
    measure(
      expected.doubles ?? [], actual.doubles ?? [], tolerance,
      countsMismatches: expected.kind.isReal || expected.kind == .bool)
  }

  private mutating func measure(
    _ expected: [Double], _ actual: [Double], _ tolerance: Tolerance, countsMismatches: Bool
  ) {
    var (least, greatest) = (Double.infinity, -Double.infinity)
    for element in expected where element.isFinite {
      least = min(least, element)
      greatest = max(greatest, element)
    }
    range = greatest > least ? greatest - least : 0
    shareAtEnds =
      expected.isEmpty ? 0 : Double(expected.count { !(least < $0 && $0 < greatest) }) / Double(expected.count)
    compareNaN(expected, actual)
    compareDirections(expected, actual)
    let allowed = tolerance.absolute + tolerance.rangeShare * range
    var (largest, largestRelative) = (0.0, 0.0)
    var errors: [Double] = []
    var isComparable = true
    for index in expected.indices {
      let (wanted, found) = (expected[index], actual[index])
      if wanted == found || wanted.isNaN && found.isNaN { continue }
      let error = abs(found - wanted)
      if countsMismatches, !(error <= allowed + tolerance.relative * abs(wanted)) || !error.isFinite { mismatches += 1 }
      guard error.isFinite else {
        isComparable = false
        continue
      }
      largest = max(largest, error)
      errors.append(error)
      if wanted != 0 { largestRelative = max(largestRelative, error / abs(wanted)) }
    }
    maxAbsoluteError = isComparable ? largest : nil
    maxRelativeError = isComparable && largestRelative.isFinite ? largestRelative : nil
    rootMeanSquareError =
      isComparable ? Self.norm(errors, largest) / Double(max(expected.count, 1)).squareRoot() : nil
    if range.isInfinite { range = .greatestFiniteMagnitude }
  }

  private mutating func compareNaN(_ expected: [Double], _ actual: [Double]) {
    for index in expected.indices where expected[index].isNaN || actual[index].isNaN {
      expectedNaN += expected[index].isNaN ? 1 : 0
      guard expected[index].isNaN != actual[index].isNaN else { continue }
      differentNaN += 1
      firstDifferentNaN = firstDifferentNaN ?? index
    }
  }

  private mutating func compareDirections(_ expected: [Double], _ actual: [Double]) {
    let noise = zip(expected, actual).map { $1 - $0 }
    let (most, mostOfActual) = (expected.span.largestMagnitude, actual.span.largestMagnitude)
    let mostOfNoise = noise.span.largestMagnitude
    guard most > 0, mostOfActual > 0, most.isFinite, mostOfActual.isFinite, mostOfNoise.isFinite else { return }
    let (first, second) = (Self.norm(expected, most), Self.norm(actual, mostOfActual))
    cosine = zip(expected, actual).reduce(0) { $0 + $1.0 / first * ($1.1 / second) }
    if mostOfNoise > 0 { signalToNoise = 20 * (log10(first) - log10(Self.norm(noise, mostOfNoise))) }
  }

  /// The Euclidean norm of numbers whose squares may be too large or too small for a double.
  private static func norm(_ numbers: [Double], _ largest: Double) -> Double {
    guard largest > 0 else { return 0 }
    let squares = numbers.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }
    return min(largest * squares.squareRoot(), .greatestFiniteMagnitude)
  }

  private mutating func compareScores(_ expected: [Double], _ actual: [Double], classes: Int) {
    let images = expected.count / classes
    let best = min(5, classes)
    var (same, shared) = (0, 0)
    for image in 0..<images {
      let first = Self.best(best, of: expected[(image * classes)..<((image + 1) * classes)])
      let second = Self.best(best, of: actual[(image * classes)..<((image + 1) * classes)])
      same += first.first == second.first ? 1 : 0
      shared += Set(first).intersection(second).count
    }
    bestAgreement = Double(same) / Double(images)
    bestFiveAgreement = Double(shared) / Double(images * best)
  }

  /// The places of the greatest elements, the greatest first.
  private static func best(_ count: Int, of row: ArraySlice<Double>) -> [Int] {
    var places: [Int] = []
    for place in row.indices {
      guard places.count < count || row[place] > row[places[count - 1]] else { continue }
      let position = places.firstIndex { row[place] > row[$0] } ?? places.count
      places.insert(place, at: position)
      if places.count > count { places.removeLast() }
    }
    return places.map { $0 - row.startIndex }
  }

  /// Takes in the deviation of a part.
  private mutating func add(_ part: Deviation) {
    func larger(_ a: Double?, _ b: Double?) -> Double? {
      guard let a, let b else { return nil }
      return max(a, b)
    }
    elements += part.elements
    mismatches += part.mismatches
    expectedNaN += part.expectedNaN
    differentNaN += part.differentNaN
    range = max(range, part.range)
    difference = difference ?? part.difference
    maxAbsoluteError = larger(maxAbsoluteError, part.maxAbsoluteError)
    maxRelativeError = larger(maxRelativeError, part.maxRelativeError)
    rootMeanSquareError = larger(rootMeanSquareError, part.rootMeanSquareError)
  }
}
