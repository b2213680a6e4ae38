import Tensors
import Testing

@testable import BatchNormFolding

/// Norms of whose results nothing takes notice.
extension FoldPlannerTests {
  @Test func `a norm that nothing reads goes, and nothing takes it in`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.mixer(builder.value("x")), "n", Self.plain)
    builder.idle(OperatorID(1))
    let plan = try builder.plan()
    #expect(plan.folds.isEmpty && plan.removed == [OperatorID(1)] && plan.changes.isEmpty)
    #expect(plan.directions == [.forward] && plan.moves.map { $0?.folds } == [[]])
  }

  @Test func `so does a chain of them`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let first = builder.norm(x, "n", Self.plain)
    let second = builder.norm(first, "m", Self.plain)
    for id in [0, 1] { builder.idle(OperatorID(id)) }
    let plan = try builder.plan()
    #expect(plan.folds.isEmpty && plan.removed == [OperatorID(0), OperatorID(1)])
    #expect(plan.successors == [first: x, second: x])
  }

  @Test func `a norm whose value an idle one reads too is its only reader`() throws {
    var builder = GraphBuilder()
    let mixed = builder.mixer(builder.value("x"))
    _ = builder.norm(mixed, "n", Self.plain)
    _ = builder.opaque(builder.norm(mixed, "m", Self.plain), "p")
    builder.idle(OperatorID(1))
    #expect(try builder.plan().directions == [.forward, .backward])
  }

  @Test(arguments: [FoldValue.Pins.graphOutput, .captured, .kept])
  func `what is pinned stays under its name`(pins: FoldValue.Pins) throws {
    var builder = GraphBuilder()
    let norm = builder.norm(builder.value("x"), "n", Self.plain)
    builder.idle(OperatorID(0))
    builder.pin(norm, pins)
    #expect(try builder.plan().isEmpty)
  }

  @Test func `an idle constant stays where it is`() throws {
    var builder = GraphBuilder()
    _ = builder.addition(builder.mixer(builder.value("x")))
    builder.idle(OperatorID(1))
    #expect(try builder.plan().isEmpty)
  }
}
