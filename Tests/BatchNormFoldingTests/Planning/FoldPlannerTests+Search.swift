import Tensors
import Testing

@testable import BatchNormFolding

/// Ways that divide and join again, and the end of the search.
extension FoldPlannerTests {
  /// Cuts a value of two channels in two and joins them in the other order, so many times.
  private static func crossed(_ value: ValueID, _ stages: Int, _ builder: inout GraphBuilder) -> ValueID {
    (0..<stages).reduce(value) { value, stage in
      let parts = builder.split(value, ["p\(stage)", "q\(stage)"], counts: [1, 1])
      return builder.concat([parts[1], parts[0]], "j\(stage)", counts: [1, 1])
    }
  }

  @Test(arguments: [1, 2, 40, 41]) func `a map goes forward along ways that divide and join again, stage after stage`(
    stages: Int
  ) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let crossed = Self.crossed(builder.norm(builder.opaque(x, "o"), "n", Self.plain), stages, &builder)
    builder.pin(builder.mixer(crossed, "y"), .graphOutput)
    let plan = try builder.plan()
    #expect(plan.codes == [nil] && plan.directions == [.forward])
    #expect(plan.folds.count == 1)
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test(arguments: [1, 2, 40, 41]) func `a map goes backward along ways that divide and join again, stage after stage`(
    stages: Int
  ) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let crossed = Self.crossed(builder.mixer(x, "c"), stages, &builder)
    builder.pin(builder.norm(crossed, "y", Self.plain), .graphOutput)
    let plan = try builder.plan()
    #expect(plan.codes == [nil] && plan.directions == [.backward])
    try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
  }

  @Test(arguments: [2, 40]) func `a constant on one of the ways goes along`(stages: Int) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    var value = builder.norm(builder.opaque(x, "o"), "n", Self.plain)
    for stage in 0..<stages {
      let parts = builder.split(value, ["p\(stage)", "q\(stage)"], counts: [1, 1])
      let moved =
        stage % 2 == 0
        ? builder.addition(parts[0], "a\(stage)", [0.25]) : builder.affine(.multiplication, parts[0], "a\(stage)", [-1])
      value = builder.concat([parts[1], moved], "j\(stage)", counts: [1, 1])
    }
    builder.pin(builder.mixer(value, "y"), .graphOutput)
    let plan = try builder.plan()
    #expect(plan.codes == [nil])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `a way of thousands of operators is followed to its end`() throws {
    var builder = GraphBuilder()
    var value = builder.conv(builder.value("x"))
    for _ in 0..<20_000 { value = builder.identity(value, "i") }
    builder.pin(builder.norm(value, "y"), .graphOutput)
    #expect(try builder.plan().codes == [nil])
  }

  @Test(arguments: [-1, 0, 1]) func `a way of more visits than a move may take ends the search`(excess: Int) throws {
    var builder = GraphBuilder()
    var value = builder.conv(builder.value("x"))
    // Each value on the way is a visit, and what the operator makes is one of them.
    for _ in 1..<10 + excess { value = builder.identity(value, "i") }
    builder.pin(builder.norm(value, "y"), .graphOutput)
    var planner = FoldPlanner(builder.graph, constants: builder.constants(), options: PlanOptions())
    planner.budget = SearchBudget(operators: 12, moveLimit: 10)
    try planner.moveAll()
    let reason = DeclineReason(.searchLimit, "the search for its way ended after 10 visits")
    #expect(try planner.finished().get().reasons == [excess > 0 ? reason : nil])
  }

  @Test func `norms whose turn comes after the last visit of a model stay with that reason`() throws {
    var builder = GraphBuilder()
    for _ in 0..<3 { builder.pin(builder.norm(builder.conv(builder.value("x")), "y"), .graphOutput) }
    var planner = FoldPlanner(builder.graph, constants: builder.constants(), options: PlanOptions())
    let limit = planner.budget.limit
    _ = planner.budget.visit(limit - 1)
    try planner.moveAll()
    let plan = try planner.finished().get()
    let reason = DeclineReason(.searchLimit, "the search for ways through the model ended after \(limit) visits")
    #expect(plan.reasons == [nil, reason, reason])
  }

  @Test func `norms of many branches of one sum go in time that grows with their number`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    var sum = x
    for index in 0..<200 {
      let pair = [builder.mixer(x, "c\(index)", hasIdentity: true), builder.norm(x, "n\(index)", Self.plain)]
      sum = builder.sum([sum, builder.sum(pair, "p\(index)")], "s\(index)")
    }
    builder.pin(sum, .graphOutput)
    var planner = FoldPlanner(builder.graph, constants: builder.constants(), options: PlanOptions())
    try planner.moveAll()
    #expect(try planner.finished().get().codes.allSatisfy { $0 == nil })
    #expect(planner.budget.visits < SearchBudget.planLimit / 4)
  }
}
