import Testing

@testable import BatchNormFolding

/// Expects that every number is the nearest of its format to a real one, ties to even; of float64, that it is within
/// one of its last places.
///
/// - Parameter side: The sign of an element's exact value less a bound.
func expectRounded(
  _ values: [Double], as format: NumberFormat, sourceLocation: SourceLocation = #_sourceLocation,
  side: (_ index: Int, _ bound: Dyadic) -> Int
) {
  var wrong: [String] = []
  for (index, value) in values.enumerated() {
    let isRight =
      format.storage == .float64
      ? format.isWithinOneUlp(value) { side(index, $0) } : format.isCorrect(value) { side(index, $0) }
    if !isRight { wrong.append(complaint(index, value, format) { side(index, $0) }) }
  }
  report(wrong, of: values.count, sourceLocation)
}

/// Expects the same numbers, bit for bit but for the sign of zero.
func expectEqual(
  _ values: [Double], _ expected: [Double], as format: NumberFormat,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(values.count == expected.count, sourceLocation: sourceLocation)
  var wrong: [String] = []
  for (index, (value, other)) in zip(values, expected).enumerated()
  where value != other && !(value.isNaN && other.isNaN) {
    let ulps = abs(value - other) / format.storage.ulp(of: other)
    wrong.append("element \(index) is \(value), expected \(other), \(ulps) ulp apart")
  }
  report(wrong, of: values.count, sourceLocation)
}

private func complaint(
  _ index: Int, _ value: Double, _ format: NumberFormat, side: (Dyadic) -> Int
) -> String {
  guard value.isFinite else { return "element \(index) is \(value), though the exact value is in range" }
  let ulp = format.storage.ulp(of: value)
  for steps in [1.0, -1, 2, -2, 3, -3] where format.isCorrect(value + ulp * steps, side: side) {
    return "element \(index) is \(value), expected \(value + ulp * steps), \(abs(steps)) ulp apart"
  }
  return "element \(index) is \(value), more than 3 ulp off"
}

private func report(_ wrong: [String], of count: Int, _ sourceLocation: SourceLocation) {
  guard let first = wrong.first else { return }
  Issue.record("\(wrong.count) of \(count) elements are wrong: \(first)", sourceLocation: sourceLocation)
}
