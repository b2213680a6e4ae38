import Testing

@testable import Tensors

@Suite struct RunBudgetTests {
  private func budget(_ build: (inout EvaluationLimits) -> Void) -> RunBudget {
    var limits = EvaluationLimits()
    build(&limits)
    return RunBudget(limits)
  }

  private func message(_ body: () throws -> Void) -> String? {
    (#expect(throws: EvaluationError.self) { try body() })?.message
  }

  @Test func `a limit holds at its value and is met above it`() throws {
    let budget = budget { ($0.nodes, $0.trips, $0.prepared, $0.depth, $0.operations) = (2, 3, 4, 5, 6) }
    try budget.countNode()
    try budget.countNode()
    for _ in 0..<3 { try budget.countTrip() }
    try budget.check(prepared: 4)
    try budget.check(depth: 5)
    try budget.count(operations: 6)
    #expect(budget.exhaustion == nil)
    #expect(message { try budget.countNode() } == "the limit nodes=2 is reached (--limit)")
  }

  @Test(arguments: EvaluationLimits.names) func `each limit is met by its name`(name: String) throws {
    var limits = EvaluationLimits()
    let isKnown = limits.set(name, to: 1)
    #expect(isKnown)
    let budget = RunBudget(limits)
    let expected = "the limit \(name)=1 is reached (--limit)"
    let count: () throws -> Void =
      switch name {
      case "nodes": { try budget.countNode() }
      case "trips": { try budget.countTrip() }
      case "prepared": { try budget.check(prepared: 2) }
      case "depth": { try budget.check(depth: 2) }
      default: { try budget.count(operations: 1) }
      }
    if !["prepared", "depth"].contains(name) { try count() }
    #expect(message(count) == expected)
  }

  @Test func `there is no limit of another name`() {
    var limits = EvaluationLimits()
    let isKnown = limits.set("time", to: 1)
    #expect(!isKnown && limits == EvaluationLimits())
  }

  @Test func `a limit that was met stays met, whatever is asked for then`() {
    let budget = budget { $0.trips = 1 }
    for _ in 0..<3 { try? budget.countTrip() }
    #expect(message { try budget.countNode() } == "the limit trips=1 is reached (--limit)")
    budget.begin(inputBytes: 0)
    #expect(budget.exhaustion?.code == .limitReached)
  }

  @Test func `each set of inputs is counted anew`() throws {
    let budget = budget { $0.nodes = 1 }
    try budget.countNode()
    budget.begin(inputBytes: 0)
    try budget.countNode()
  }

  @Test func `memory that is held counts until it is given back`() throws {
    let budget = budget { $0.memory = 100 }
    try budget.hold(bytes: 60)
    try budget.check(bytes: 40)
    budget.release(bytes: 60)
    try budget.hold(bytes: 100)
    #expect(
      message { try budget.check(bytes: 1) }
        == "the limit on memory of 100 bytes is reached: 100 are held and 1 more are asked for (--memory)")
  }

  @Test func `what is too large to be counted is too much`() {
    let budget = budget { ($0.memory, $0.operations) = (.max - 1, .max - 1) }
    #expect(throws: EvaluationError.self) { try budget.check(bytes: .max) }
    #expect(throws: EvaluationError.self) { try budget.count(operations: .max) }
  }

  @Test func `without a limit memory grows with the model and its inputs, up to what is free`() throws {
    let least = 512 << 20
    try RunBudget().check(bytes: least)
    #expect(throws: EvaluationError.self) { try RunBudget().check(bytes: least + 1) }
    let larger = RunBudget(modelBytes: 1000)
    try larger.check(bytes: least + 1000 * 1024)
    larger.begin(inputBytes: 24)
    try larger.check(bytes: least + 1024 * 1024)
    #expect(throws: EvaluationError.self) { try RunBudget(available: 100).check(bytes: 101) }
  }

  @Test func `a tensor that a run makes holds memory until its last copy is gone`() throws {
    let budget = budget { $0.memory = 16 }
    try Ledger.$current.withValue(Ledger(budget)) {
      var tensor: Tensor? = try Tensor(shape: [4], [1, 2, 3, 4] as [Float])
      #expect(budget.heldBytes == 16)
      var other = try tensor.map { try Tensor(shape: [2, 2], sharing: $0) }
      #expect(budget.heldBytes == 16)
      tensor = nil
      #expect(budget.heldBytes == 16 && other?.shape == [2, 2])
      other = nil
      #expect(budget.heldBytes == 0)
      #expect(throws: EvaluationError.self) { _ = try Tensor(shape: [5], [1, 2, 3, 4, 5] as [Float]) }
    }
  }

  @Test(arguments: [
    (100_000, false, 120_000_000_000), (100_000, true, 120_000_000_000), (1_000_000, false, 1_020_000_000_000),
    (1_000_000, true, 220_000_000_000), (.max, true, 220_000_000_000),
  ])
  func `inputs allow for work, those that are made at random up to a bound`(bytes: Int, areMade: Bool, most: Int) throws
  {
    let budget = RunBudget()
    budget.begin(inputBytes: bytes, areMade: areMade)
    try budget.count(operations: most)
    #expect(throws: EvaluationError(.limitReached, "the limit operations=\(most) is reached (--limit)")) {
      try budget.count(operations: 1)
    }
  }

  @Test func `inputs that are made at random allow for memory up to a bound`() throws {
    let budget = RunBudget()
    budget.begin(inputBytes: 1 << 30, areMade: true)
    try budget.check(bytes: (4 << 30) + (512 << 20))
    #expect(throws: EvaluationError.self) { try budget.check(bytes: (4 << 30) + (512 << 20) + 1) }
    let recorded = RunBudget()
    recorded.begin(inputBytes: 1 << 30)
    try recorded.check(bytes: 1 << 40)
  }
}
