import Equivalence
import Tensors
import Testing

@Suite struct ModelComparisonTests {
  private let tolerance = Tolerance(relative: 0, absolute: 0.5)

  private func comparison(
    _ precisions: [Precision] = Precision.allCases, runsPerSet: Int = 1
  ) -> ModelComparison<FakeModel> {
    ModelComparison(tolerance: tolerance, precisions: precisions, runsPerSet: runsPerSet)
  }

  private func data(_ outputs: [Value?] = []) -> ModelComparison<FakeModel>.DataSet {
    .init(title: "set", inputs: ["x": vector([1, 2])], outputs: outputs)
  }

  @Test func `a model that gives what was recorded is equivalent`() throws {
    var comparison = comparison()
    try comparison.add(FakeModel(), data([vector([2, 3])]))
    let result = try comparison.concluded()
    #expect(result.verdict == .equivalent && result.nodes == 1 && result.executed == 1)
    #expect(result.runs.map(\.inputs) == ["set"])
    #expect(result.runs[0].outputs.map(\.precision) == [.own, .float64])
    #expect(result.secondsPerRun["own"]?.count == 1 && result.secondsPerRun["float64"]?.count == 1)
  }

  @Test func `only the model's own precision is judged against what was recorded`() throws {
    var comparison = comparison()
    try comparison.add(FakeModel(float64: 5), data([vector([2, 3])]))
    let outputs = try comparison.concluded().runs[0].outputs
    #expect(try comparison.concluded().verdict == .equivalent)
    #expect(outputs.map(\.mismatches) == [0, 0] && outputs.map(\.maxAbsoluteError) == [0, 4])
    #expect(outputs.map(\.ownRounding) == [4, 4])
  }

  @Test func `float64 is judged where it alone is asked for`() throws {
    var comparison = comparison([.float64])
    try comparison.add(FakeModel(float64: 5), data([vector([2, 3])]))
    #expect(try comparison.concluded().verdict == .different)
    #expect(try comparison.concluded().runs[0].outputs.map(\.ownRounding) == [nil])
  }

  @Test func `an output that was not recorded is not compared`() throws {
    var comparison = comparison([.own])
    try comparison.add(FakeModel(outputs: ["y", "z", "w"]), data([nil, vector([2, 3])]))
    #expect(try comparison.concluded().runs[0].outputs.map(\.name) == ["z"])
  }

  @Test func `each set is run as often as asked`() throws {
    var comparison = comparison([.own], runsPerSet: 3)
    try comparison.add(FakeModel(), data())
    try comparison.add(FakeModel(), data())
    #expect(try comparison.concluded().secondsPerRun["own"]?.count == 6)
    #expect(try comparison.concluded().secondsPerRun["float64"] == nil)
    #expect(try comparison.concluded().runs.count == 2)
  }

  @Test func `a node that fails each time is listed once`() throws {
    var comparison = comparison(runsPerSet: 2)
    let failure = UnexecutedNode("Odd", "y", because: "the operator is not known")
    try comparison.add(FakeModel(failure: failure), data([vector([2, 3])]))
    let result = try comparison.concluded()
    #expect(result.verdict == .notRun && result.notExecuted == [failure])
    #expect(result.nodes == 1 && result.executed == 0 && result.runs[0].outputs.isEmpty)
  }

  @Test func `two models that give the same are equivalent, and others are different`() throws {
    var same = comparison()
    try same.add(FakeModel(), AlignedCandidate(FakeModel()), data())
    #expect(try same.concluded().verdict == .equivalent)
    var other = comparison()
    try other.add(FakeModel(), AlignedCandidate(FakeModel(own: 2, float64: 2)), data())
    #expect(try other.concluded().verdict == .different)
    #expect(try other.concluded().reason?.hasPrefix("output 'y' (set, own)") == true)
  }

  @Test func `outputs of two models belong together by name`() throws {
    var comparison = comparison()
    try comparison.add(
      FakeModel(outputs: ["y", "z"]), AlignedCandidate(FakeModel(outputs: ["z", "y", "more"])), data())
    #expect(Set(try comparison.concluded().runs[0].outputs.map(\.name)) == ["y", "z"])
    let error = #expect(throws: EvaluationError.self) {
      try comparison.add(FakeModel(outputs: ["y"]), AlignedCandidate(FakeModel(outputs: ["other"])), data())
    }
    #expect(error?.message == "the candidate has no output 'y'")
  }

  @Test func `an input that does not fit ends the comparison`() {
    var comparison = comparison()
    #expect(throws: EvaluationError(.unsuitableInput, "input 'x' is missing")) {
      try comparison.add(FakeModel(), .init(title: "set", inputs: [:]))
    }
  }

  @Test func `where the original's own types overflow, only float64 counts`() throws {
    func verdict(_ original: FakeModel, _ candidate: FakeModel) throws -> CheckResult.Verdict {
      var comparison = ModelComparison<FakeModel>(tolerance: nil, precisions: Precision.allCases)
      try comparison.add(original, AlignedCandidate(candidate), .init(title: "", inputs: ["x": vector([1, 1.5])]))
      return try comparison.concluded().verdict
    }
    #expect(try verdict(FakeModel(own: .infinity), FakeModel()) == .equivalent)
    #expect(try verdict(FakeModel(own: .infinity), FakeModel(float64: 2)) == .different)
    #expect(try verdict(FakeModel(), FakeModel(own: .infinity)) == .different)
  }
}
