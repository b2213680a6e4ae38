import Equivalence

/// What the forms for people say, of whichever report: Markdown and HTML are each written once, from this.
struct Digest {
  /// What it all comes to.
  enum Status {
    case equivalent, different, notRun
    /// Nothing was run: what was done is said, and no more.
    case unchecked
  }

  /// A number that sums up, with its name.
  struct Fact {
    var name: String
    var value: String

    init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  var status: Status
  var headline: String
  /// Why, in a sentence or two.
  var explanation: String
  /// What became of the norms, where that is known.
  var account = ""
  var tool: Report.Tool
  /// The original, and where there are two models the other one.
  var paths: [String]
  var facts: [Fact]
  var folds: [FoldEntry]
  var declines: [Report.Decline]
  var warnings: [Report.Warning]
  /// Whether the folds were made, rather than looked for.
  var isPlan: Bool
  var check: CheckResult?

  /// The models in one line.
  var subject: String { paths.map { ShownText.name($0) }.joined(separator: " → ") }
}

extension Digest {
  /// How a verdict is headed, and what it rests on.
  static func verdict(_ check: CheckResult) -> (status: Status, headline: String, explanation: String) {
    switch check.verdict {
    case .equivalent:
      (.equivalent, "Equivalent", check.reason.map { ShownText.shown(sentence($0)) } ?? ground(of: check))
    case .different: (.different, "Different", ShownText.shown(sentence(check.reason ?? "")))
    case .notRun: (.notRun, "Not run", ShownText.shown(sentence(check.reason ?? "")))
    }
  }

  private static func ground(of check: CheckResult) -> String {
    if check.tolerance != nil { return "Every output is within the tolerance." }
    if check.scope == .foldLocal { return "Each fold was run by itself, and all else is the same." }
    return "Every value that both models make is within what the original’s own rounding allows."
  }

  /// A sentence with what a sentence begins and ends with.
  private static func sentence(_ text: String) -> String {
    guard let first = text.first else { return "" }
    // An operator's or a code's name stays as it is; a sentence of a program's begins small.
    return first.uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
  }

  /// What running the models came to, in numbers.
  static func facts(of check: CheckResult) -> [Fact] {
    var facts: [Fact] = []
    let nodes =
      check.executed == check.nodes
      ? NumberText.count(check.nodes) : "\(NumberText.count(check.executed)) of \(NumberText.count(check.nodes))"
    facts.append(Fact("nodes executed", nodes))
    if !check.drifts.isEmpty {
      facts.append(Fact("values compared", NumberText.count(check.drifts.count)))
      facts.append(Fact("of what is allowed, at most", NumberText.share(check.drifts.map(\.takenShare).max() ?? 0)))
    }
    if let certification = check.certification {
      let stored = certification.folds.flatMap { [$0.weight, $0.bias].compactMap { $0 } }
      for (title, unit) in [("farthest stored element", "ulp"), ("farthest bias of integers", "steps")] {
        let distances = stored.filter { $0.unit == unit }.map { $0.maxUlp ?? .infinity }
        if let most = distances.max() { facts.append(Fact(title, "\(NumberText.number(most)) \(unit)")) }
      }
      if !certification.changes.isEmpty {
        facts.append(Fact("other changes", NumberText.count(certification.changes.count)))
      }
    }
    if let unrounded = check.unrounded, unrounded.values > 0 {
      facts.append(Fact("of the range off, with exact parameters", NumberText.number(unrounded.worst ?? .infinity)))
    }
    if let accuracy = check.accuracy.first(where: { $0.precision == .own }) ?? check.accuracy.first {
      let right = "\(NumberText.count(accuracy.originalRight)) → \(NumberText.count(accuracy.candidateRight))"
      facts.append(Fact("samples right", "\(right) of \(NumberText.count(accuracy.samples))"))
    }
    return facts
  }
}

extension ValueDrift {
  /// The share of what is allowed; infinite where nothing of the kind is.
  var takenShare: Double { difference == nil ? share ?? .infinity : .infinity }

  /// An error as a share of the value's range; nil where it has none.
  func ofRange(_ error: Double) -> Double? { range > 0 && range.isFinite ? error / range : nil }
}
