import Testing

@testable import Equivalence

@Suite struct VerdictTests {
  private let failure = UnexecutedNode("Odd", "a", because: "the operator is not known")

  private func drift(_ name: String, share: Double? = 0.5, isConstant: Bool = false) -> ValueDrift {
    var drift = ValueDrift(name: name, depth: 0, type: "float32", shape: [1, 2], channels: 2)
    (drift.share, drift.isConstant, drift.worstError, drift.allowed) = (share, isConstant, 3, 2)
    return drift
  }

  private func fold(_ value: String, graph: String = "", beyond: Int = 0) -> FoldCertificate {
    var weight = StoredDistance(tensor: "w", type: "float32")
    (weight.elements, weight.maxUlp, weight.beyondLimit) = (8, beyond > 0 ? 9 : 0.5, beyond)
    if beyond > 0 { weight.named = [StoredDistance.Run(first: 5, count: beyond)] }
    return FoldCertificate(
      value: value, graph: graph, operator: "Conv", node: "c", norms: [value], channels: 2, weight: weight, bias: nil,
      outputBound: OutputBound(perUnitInput: 0, constant: 0), scales: .init(least: 1, greatest: 1))
  }

  private func concluded(_ build: (inout CheckResult) -> Void) -> CheckResult {
    var result = CheckResult(tolerance: nil)
    result.certification = Certification(limit: 4)
    result.drifts = [drift("v")]
    build(&result)
    result.conclude()
    return result
  }

  @Test func `where nothing is beyond its limit both are equivalent`() {
    let result = concluded { $0.certification?.folds = [fold("v")] }
    #expect(result.verdict == .equivalent && result.scope == .endToEnd && result.reason == nil)
  }

  @Test func `a stored element beyond the limit decides before all else`() {
    let result = concluded {
      $0.certification?.folds = [fold("v", beyond: 2)]
      $0.drifts = [drift("u", share: 7)]
    }
    #expect(
      result.reason
        == "value 'v': 2 of 8 elements of 'w' (Conv) are up to 9.0 ulp from the exact fold (the first at 5), where 4.0 is allowed"
    )
  }

  @Test func `exact parameters must agree`() {
    let result = concluded {
      $0.unrounded = UnroundedAgreement()
      $0.unrounded?.worst = 1e-9
      $0.unrounded?.worstValue = "v"
    }
    #expect(result.reason == "value 'v': with exact parameters off by 1e-09 of its range in float64")
  }

  @Test func `each fold by itself must agree`() {
    let result = concluded { $0.foldLocal = [FoldDrift(.run, drift("v", share: 2))] }
    #expect(
      result.reason == "value 'v' (channel 0), by itself on the same activations: off by 3.0 where 2.0 is allowed")
  }

  @Test func `every value must agree, and the first that does not is named`() {
    let result = concluded { $0.drifts = [drift("u"), drift("v", share: nil), drift("w", share: 3)] }
    #expect(result.verdict == .different)
    #expect(result.reason == "value 'v' (channel 0): off by 3.0 where 2.0 is allowed, the first of 2 values")
  }

  @Test func `what was not executed leaves it open where anything else changed or a fold was not run`() {
    let changed = concluded {
      $0.notExecuted = [failure]
      $0.certification?.changes = [.init(name: "x", graph: "", text: "is new")]
    }
    #expect(changed.verdict == .notRun && changed.reason == "Odd 'a': the operator is not known")
    let unproven = concluded {
      $0.notExecuted = [failure]
      $0.certification?.folds = [fold("v")]
    }
    #expect(unproven.verdict == .notRun)
    let nested = concluded {
      $0.notExecuted = [failure]
      $0.certification?.folds = [fold("v", graph: "If/then")]
      $0.foldLocal = [FoldDrift(.run, drift("v"))]
    }
    #expect(nested.verdict == .notRun)
    let constant = concluded {
      $0.notExecuted = [failure]
      $0.certification?.folds = [fold("v")]
      $0.foldLocal = [FoldDrift(.seeded, drift("v", isConstant: true))]
    }
    #expect(constant.verdict == .notRun)
  }

  @Test func `folds that were each run by themselves are enough where all else is the same`() {
    let result = concluded {
      $0.notExecuted = [failure]
      $0.certification?.folds = [fold("v")]
      $0.foldLocal = [FoldDrift(.seeded, drift("v"))]
    }
    #expect(result.verdict == .equivalent && result.scope == .foldLocal)
    #expect(
      result.reason == "Odd 'a': the operator is not known; each fold was run by itself, and all else is the same")
  }

  @Test func `constants prove nothing`() {
    let result = concluded { $0.drifts = [drift("v", isConstant: true)] }
    #expect(result.verdict == .notRun)
    #expect(result.reason == "no value that both models make varies on these inputs, so nothing is shown")
  }
}
