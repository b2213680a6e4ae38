public import Tensors

extension CheckResult {
  /// Reaches the verdict from all that was found.
  ///
  /// Whatever shows a difference decides. Then a node that could not be executed leaves the question open, unless
  /// both models are the same but for folds of which each was run by itself.
  ///
  /// - Parameter exhaustion: The limit that ended the check before its end; then only a difference is a verdict.
  public mutating func conclude(exhaustion: EvaluationError? = nil) {
    let failure = notExecuted.first { !$0.isConsequence }.map { failure in
      "\(failure.operator) '\(failure.node.isEmpty ? failure.output : failure.node)': \(failure.reason)"
    }
    if let difference = (tolerance == nil ? provenDifference : nil) ?? outputDifference {
      (verdict, reason) = (.different, difference)
    } else if let exhaustion {
      (verdict, reason) = (.notRun, exhaustion.message)
    } else if let failure {
      if tolerance == nil, provesEachFold {
        (scope, reason) = (.foldLocal, "\(failure); each fold was run by itself, and all else is the same")
      } else {
        (verdict, reason) = (.notRun, failure)
      }
    } else if tolerance == nil, candidateIsJudged, drifts.allSatisfy(\.isConstant) {
      (verdict, reason) = (.notRun, "no value that both models make varies on these inputs, so nothing is shown")
    }
  }

  /// Whether there are two models.
  private var candidateIsJudged: Bool {
    certification != nil || !drifts.isEmpty || secondsPerRun["side by side"] != nil
  }

  private var provenDifference: String? { certifiedDifference ?? unroundedDifference ?? localDifference ?? drift }

  private var certifiedDifference: String? {
    guard let certification, let fold = certification.folds.first(where: \.isBeyondLimit) else { return nil }
    let stored = fold.weight.beyondLimit > 0 ? fold.weight : fold.bias ?? fold.weight
    let distance = stored.maxUlp.map { "up to \(Float($0)) \(stored.unit)" } ?? "infinitely far"
    let place = stored.named.first.map { " (the first at \($0.first))" } ?? ""
    return
      "value '\(fold.value)': \(stored.beyondLimit) of \(stored.elements) elements of '\(stored.tensor)' (\(fold.operator)) are \(distance) from the exact fold\(place), where \(Float(certification.limit)) is allowed"
  }

  private var unroundedDifference: String? {
    guard let unrounded, !unrounded.isWithinLimit else { return nil }
    let share = unrounded.worst.map { "\(Float($0)) of its range" } ?? "infinitely"
    return "value '\(unrounded.worstValue)': with exact parameters off by \(share) in float64"
  }

  private var localDifference: String? {
    guard let fold = foldLocal.first(where: { !$0.drift.isWithinLimit })?.drift else { return nil }
    return
      "value '\(fold.name)'\(fold.location), by itself on the same activations: \(fold.difference ?? fold.excess)"
  }

  private var drift: String? {
    let beyond = drifts.filter { !$0.isWithinLimit }
    guard let first = beyond.first else { return nil }
    let others = beyond.count > 1 ? ", the first of \(beyond.count) values" : ""
    return "value '\(first.name)'\(first.location): \(first.difference ?? first.excess)\(others)"
  }

  private var outputDifference: String? {
    for run in runs {
      guard let worst = run.outputs.first(where: { !$0.isWithinTolerance }) else { continue }
      return "output '\(worst.name)' (\(run.inputs), \(worst.precision.rawValue)): "
        + (worst.difference ?? "\(worst.mismatches) of \(worst.elements) elements differ")
    }
    return nil
  }

  /// Whether the models are the same but for folds of the main graph that were each run by themselves.
  private var provesEachFold: Bool {
    guard let certification, certification.isSameElsewhere else { return false }
    return certification.folds.allSatisfy { fold in
      fold.graph.isEmpty && foldLocal.contains { $0.drift.name == fold.value && !$0.drift.isConstant }
    }
  }
}

extension ValueDrift {
  fileprivate var location: String { channels > 1 && difference == nil ? " (channel \(worstChannel))" : "" }

  fileprivate var excess: String {
    guard let worstError else { return "not finite where expected, or finite where not" }
    return "off by \(Float(worstError)) where \(Float(allowed)) is allowed"
  }
}
