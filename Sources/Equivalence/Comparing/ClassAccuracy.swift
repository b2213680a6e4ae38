import Tensors

/// How often the largest score of an output is the one that a label names.
public struct ClassAccuracy: Codable, Equatable, Sendable {
  public var output: String
  public var precision: Precision
  public var samples = 0
  public var originalRight = 0
  public var candidateRight = 0
  /// For how many samples both models choose the same class.
  public var agree = 0

  public init(output: String, precision: Precision) {
    self.output = output
    self.precision = precision
  }

  /// Takes in the scores of both models, `[samples, classes]`.
  ///
  /// - Returns: Whether both have that form, with a sample for each label.
  /// - Complexity: O(scores).
  mutating func add(_ original: Tensor, _ candidate: Tensor, labels: [Int]) -> Bool {
    guard original.kind.isReal, original.rank == 2, original.shape == candidate.shape, original.shape[1] > 1,
      original.shape[0] == labels.count, let scores = original.doubles, let others = candidate.doubles
    else { return false }
    let classes = original.shape[1]
    for (sample, label) in labels.enumerated() {
      let row = (sample * classes)..<((sample + 1) * classes)
      let (first, second) = (Self.best(scores[row]), Self.best(others[row]))
      samples += 1
      originalRight += first == label ? 1 : 0
      candidateRight += second == label ? 1 : 0
      agree += first == second ? 1 : 0
    }
    return true
  }

  /// The place of the largest score, the first of several; nil where one is not a number.
  private static func best(_ row: ArraySlice<Double>) -> Int? {
    guard row.allSatisfy({ !$0.isNaN }), let largest = row.max() else { return nil }
    return row.firstIndex(of: largest).map { $0 - row.startIndex }
  }
}
