import Equivalence
import Tensors
import Testing

@Suite struct CheckResultTests {
  private let tolerance = Tolerance(relative: 0, absolute: 0.5)

  private func result(_ expected: Value, _ actual: Value, _ failures: [UnexecutedNode] = []) -> CheckResult {
    var result = CheckResult(tolerance: tolerance)
    result.runs = [
      CheckResult.Run(
        inputs: "seed 7", outputs: [Deviation("y", .own, expected: expected, actual: actual, tolerance)])
    ]
    result.notExecuted = failures
    result.conclude()
    return result
  }

  @Test func `outputs within the tolerance are equivalent`() {
    let found = result(doubles([1, 2]), doubles([1.5, 2]))
    #expect(found.verdict == .equivalent && found.reason == nil)
  }

  @Test func `an output beyond the tolerance makes models different`() {
    let found = result(doubles([1, 2, 3]), doubles([2, 3, 3]))
    #expect(found.verdict == .different)
    #expect(found.reason == "output 'y' (seed 7, own): 2 of 3 elements differ")
  }

  @Test func `another shape makes models different`() {
    #expect(
      result(doubles([1]), doubles([1, 2])).reason == "output 'y' (seed 7, own): shape [2] rather than [1]")
  }

  @Test func `a node that was not executed leaves the verdict open, and the first cause is named`() {
    let failures = [
      UnexecutedNode("Relu", "b", because: "needs Odd 'a', which was not executed", isConsequence: true),
      UnexecutedNode("Odd", "a", because: "the operator is not known"),
      UnexecutedNode("Other", "c", node: "n", because: "too large"),
    ]
    let found = result(doubles([1]), doubles([1]), failures)
    #expect(found.verdict == .notRun && found.reason == "Odd 'a': the operator is not known")
    #expect(result(doubles([1]), doubles([1]), [failures[2]]).reason == "Other 'n': too large")
  }

  @Test func `a difference that is known counts more than what is not`() {
    let found = result(
      doubles([1]), doubles([3]), [UnexecutedNode("Odd", "a", because: "the operator is not known")])
    #expect(found.verdict == .different)
  }

  @Test func `its verdicts are words of the report`() {
    #expect(CheckResult.Verdict.notRun.rawValue == "not-run")
    #expect(CheckResult.Verdict.equivalent.rawValue == "equivalent")
    #expect(CheckResult.Verdict.different.rawValue == "different")
  }
}
