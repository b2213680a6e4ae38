import Tensors
import Testing

@testable import BatchNormFolding

/// Norms of what is known before anything runs.
extension FoldPlannerTests {
  @Test func `a norm of a constant goes, as what it makes is known`() throws {
    var builder = GraphBuilder()
    let norm = builder.norm(builder.value("k"), "n", Self.plain, isOfConstant: true)
    builder.pin(norm, .graphOutput)
    let plan = try builder.plan()
    #expect(plan.workedOut == [OperatorID(0)] && plan.removed == [OperatorID(0)])
    #expect(plan.folds.isEmpty && plan.changes.isEmpty && plan.successors.isEmpty && !plan.isEmpty)
    #expect(plan.directions == [.backward] && plan.declinedCount == 0)
  }

  @Test func `it goes into an operator before it all the same`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.mixer(builder.value("k")), "n", Self.plain, isOfConstant: true)
    let plan = try builder.plan()
    #expect(plan.workedOut.isEmpty && plan.folds.count == 1 && plan.directions == [.backward])
  }

  @Test func `one that may not fold stays`() throws {
    var builder = GraphBuilder()
    let refusal = DeclineReason(.excluded, "it was left out")
    _ = builder.norm(builder.value("k"), "n", Self.plain, refusal: refusal, isOfConstant: true)
    #expect(try builder.plan().isEmpty)
  }
}
