/// Something about a norm or a fold that its owner should look at.
package struct FoldWarning: Equatable, Sendable {
  /// A stable code that scripts rely on.
  package struct Code: Hashable, Sendable {
    package let text: String

    /// A code of a format's own, which no other may have.
    package init(_ text: String) { self.text = text }

    package static let runningStatisticsUntouched = Code("running-statistics-untouched")
    package static let tinyVariance = Code("tiny-variance")
    package static let deadChannels = Code("dead-channels")
    package static let subnormalWeights = Code("subnormal-weights")
    package static let assumedInference = Code("assumed-inference")
    package static let biasWidened = Code("bias-widened")
    package static let weightDuplicated = Code("weight-duplicated")
    package static let rangeSpread = Code("range-spread")
    package static let nothingMatched = Code("nothing-matched")
  }

  package let code: Code
  package let text: String

  package init(_ code: Code, _ text: String) {
    self.code = code
    self.text = text
  }
}
