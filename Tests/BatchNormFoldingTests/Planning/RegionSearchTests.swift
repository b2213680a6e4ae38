import Tensors
import Testing

@testable import BatchNormFolding

/// Graphs in which the planner's own order is not the best.
@Suite struct RegionSearchTests {
  private static let plain = NormNumbers(gamma: [2, 4], beta: [1, -1], mean: [0, 0], variance: [1, 1], epsilon: 0)

  /// A norm whose shift fits into half precision once, but not twice.
  private static let high = NormNumbers(
    gamma: [2, 2], beta: [40_000, 40_000], mean: [0, 0], variance: [1, 1], epsilon: 0)

  /// `norm → conv → norm → conv`, of which the first norm can only go into the conv behind it.
  private static func crowdedChain() -> (builder: GraphBuilder, x: ValueID) {
    var builder = GraphBuilder()
    builder.storage = .float16
    let x = builder.value("x")
    let first = builder.mixer(builder.norm(x, "m", high), "c", weight: [0.5, 0, 0, 0.5])
    let second = builder.mixer(builder.norm(first, "n", high), "d", weight: [0.5, 0, 0, 0.5])
    builder.pin(second, .graphOutput)
    return (builder, x)
  }

  @Test func `a norm goes forward where it leaves room for one that can go nowhere else`() throws {
    let (builder, x) = Self.crowdedChain()
    let plan = try builder.plan()
    #expect(plan.codes == [nil, nil])
    #expect(plan.directions == [.forward, .forward])
    #expect(plan.targets.count == 2)
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `the planner's own order alone would leave it`() throws {
    let (builder, _) = Self.crowdedChain()
    let usual = try FoldPlanner.settled(builder.graph, constants: builder.constants(), options: PlanOptions())
    #expect(usual.plan.codes.count { $0 == nil } == 1)
    #expect(usual.planner.cost.normsLeft == 1 && usual.planner.improvableNorms.count == 1)
  }

  /// Three norms in a row of which the last has two readers that are norms: forward, two are left, backward three; and
  /// two norms that a third reads the sum of: backward, two are left, forward three.
  @Test func `each region merges in the direction that leaves fewer there`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let chain = builder.norm(builder.norm(builder.opaque(x, "r"), "m", Self.plain), "n", Self.plain)
    for name in ["a", "b"] { builder.pin(builder.norm(chain, name, Self.plain), .graphOutput) }
    let shape: [Dimension] = [.size(1), .size(2), .size(1), .unknown]
    let parts = ["p", "q"].map { builder.norm(builder.opaque(x, "r\($0)"), $0, Self.plain) }
    let sum = builder.norm(builder.sum(parts, "s", shapes: [shape, shape]), "t", Self.plain)
    builder.pin(builder.norm(sum, "u", Self.plain), .graphOutput)
    let plan = try builder.plan()
    #expect(plan.declinedCount == 4)
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `a region ends where maps do, and at as many norms as are looked at`() throws {
    var builder = GraphBuilder()
    var value = builder.opaque(builder.value("x"), "r")
    for index in 0..<40 { value = builder.norm(value, "n\(index)", Self.plain) }
    let last = builder.graph.operators.count - 1
    _ = builder.norm(builder.opaque(value, "q"), "y", Self.plain)
    let consumers = FoldWorkspace(builder.graph).consumers
    let region = FoldRegion(around: OperatorID(last), in: builder.graph, consumers: consumers)
    let count = FoldRegion.normLimit
    #expect(region.operators == (last - count + 1...last).map(OperatorID.init))
    #expect(region.graph.normalizations.count == count)
    #expect(region.graph[region.graph.operators[0].inputs[0]].producer == nil)
    #expect(region.graph.values.map(\.readerCount) == Array(repeating: 1, count: count + 1))
  }

  @Test func `what is read outside of a region has a reader more than it has consumers there`() throws {
    var builder = GraphBuilder()
    let c = builder.mixer(builder.value("x"), "c")
    builder.read(c)
    _ = builder.norm(c, "n", Self.plain)
    let consumers = FoldWorkspace(builder.graph).consumers
    let region = FoldRegion(around: OperatorID(2), in: builder.graph, consumers: consumers)
    #expect(region.operators == [OperatorID(0), OperatorID(2)])
    let workspace = FoldWorkspace(region.graph)
    let made = region.graph.operators[0].outputs[0]
    #expect(workspace.readerCount(of: made) == 2 && workspace.foreignReaderCount(of: made) == 1)
  }

  @Test func `where nothing could go otherwise nothing is searched`() throws {
    var builder = GraphBuilder()
    let c = builder.mixer(builder.value("x"), "c")
    builder.read(c)
    builder.pin(builder.norm(c, "n", Self.plain), .graphOutput)
    let constants = builder.constants()
    let usual = try FoldPlanner.settled(builder.graph, constants: constants, options: PlanOptions())
    #expect(try RegionSearch.choices(improving: usual.planner).isEmpty)
  }

  @Test(arguments: [
    (PlanCost(normsLeft: 0, addedBytes: 9), PlanCost(normsLeft: 1)),
    (PlanCost(addedBytes: 0, notBackward: 3), PlanCost(addedBytes: 4)),
    (PlanCost(notBackward: 0), PlanCost(notBackward: 1)),
    (PlanCost(notBackward: 1, sideways: 0), PlanCost(notBackward: 1, sideways: 1)),
  ])
  func `fewer norms are better, then fewer bytes, then backward before forward before sideways`(
    better: PlanCost, worse: PlanCost
  ) {
    #expect(better < worse && !(worse < better))
  }
}
