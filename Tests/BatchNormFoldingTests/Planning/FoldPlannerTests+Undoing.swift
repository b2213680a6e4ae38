import Tensors
import Testing

@testable import BatchNormFolding

/// Moves that turn out to be impossible leave no trace, and how much work all of it is.
extension FoldPlannerTests {
  /// A join of a convolution and something else: the convolution agrees before the other does not.
  @Test(arguments: [true, false])
  func `what agreed to a move that failed stays as it was`(isFirst: Bool) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let four = NormNumbers(
      gamma: [2, 3, 4, 5], beta: [1, 2, 3, 4], mean: [0, 0, 0, 0], variance: [1, 1, 1, 1], epsilon: 0)
    let n = builder.norm(builder.mixer(x, "c"), "n", Self.plain)
    let t = builder.carrier(.sameAxes, n, mixing: [2, 3])
    let branches = isFirst ? [t, builder.opaque(x)] : [builder.opaque(x), t]
    _ = builder.norm(builder.concat(branches), "y", four)
    let plan = try builder.plan()
    #expect(plan.codes == [nil, "no-linear-producer"] && plan.folds.map(\.norms) == [[OperatorID(1)]])
    #expect(plan.folds.first?.bias?.values == [1, -1] && plan.folds.first?.weights([1, 1, 1, 1]) == [2, 2, 4, 4])
    #expect(plan.changes.isEmpty && plan.removed == [OperatorID(1)])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `an operator that nothing folds into in the end is no fold`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let four = NormNumbers(
      gamma: [2, 3, 4, 5], beta: [1, 2, 3, 4], mean: [0, 0, 0, 0], variance: [1, 1, 1, 1], epsilon: 0)
    _ = builder.norm(builder.concat([builder.opaque(x), builder.mixer(x, "c")]), "y", four)
    let plan = try builder.plan()
    #expect(plan.folds.isEmpty && plan.changes.isEmpty && plan.removed.isEmpty && plan.successors.isEmpty)
  }

  /// Behind, the bias of a fold overflows only when all of its weight was read: what came last stays then.
  @Test func `a fold that overflows in the end is planned again without what came last`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let large = NormNumbers(gamma: [1, 1], beta: [3e38, 3e38], mean: [0, 0], variance: [1, 1], epsilon: 0)
    let n = builder.norm(builder.opaque(x), "n", large)
    _ = builder.norm(builder.mixer(n), "y", Self.plain)
    let plan = try builder.plan()
    #expect(plan.codes == ["overflows-storage", nil] && plan.directions == [nil, .backward])
    #expect(plan.folds.map(\.norms) == [[OperatorID(3)]])
  }

  @Test func `a weight that was seen to overflow takes in only what stands behind`() throws {
    var builder = GraphBuilder()
    let n = builder.norm(builder.opaque(builder.value("x")), "n", Self.plain)
    _ = builder.norm(builder.mixer(n), "y", Self.plain)
    var options = PlanOptions()
    #expect(try builder.plan().codes == [nil, nil])
    options.overflowing = [OperatorID(2)]
    let plan = try builder.plan(options)
    #expect(plan.codes == ["overflows-storage", nil])
    #expect(
      plan.reasons[0]?.text
        == "its input 'r' comes from the Relu 'r/Relu'; the weight 'c.weight' would be past the float32 range")
  }

  // MARK: - Work

  /// Each of many values is one channel wide, so that what is read of constants is the work.
  @Test(arguments: [1_000, 20_000])
  func `a chain of norms that goes on is read once`(norms: Int) throws {
    var builder = GraphBuilder()
    var value = builder.opaque(builder.value("x"))
    let numbers = NormNumbers(gamma: [1], beta: [0.25], mean: [0.125], variance: [1 - 0x1p-20], epsilon: 0x1p-24)
    for index in 0..<norms { value = builder.norm(value, "n\(index)", numbers) }
    _ = builder.mixer(value, from: 1)
    let constants = builder.constants()
    let plan = try FoldPlanner.plan(builder.graph, constants: constants)
    #expect(plan.declinedCount == 0 && plan.folds.count == 1)
    #expect(constants.reads == 4 * norms)
    #expect(constants.visits == 1)
  }

  @Test(arguments: [1_000, 20_000])
  func `a chain of norms that become one is read once`(norms: Int) throws {
    var builder = GraphBuilder()
    var value = builder.opaque(builder.value("x"))
    let numbers = NormNumbers(gamma: [1], beta: [0.25], mean: [0.125], variance: [1 - 0x1p-20], epsilon: 0x1p-24)
    for index in 0..<norms { value = builder.norm(value, "n\(index)", numbers) }
    let constants = builder.constants()
    let plan = try FoldPlanner.plan(builder.graph, constants: constants)
    #expect(plan.declinedCount == 1 && plan.folds.count == 1)
    // The norm that stays has its beta and mean read again, and what could be better is looked for around it alone.
    #expect(constants.reads == 4 * norms + 2 + 4 * FoldRegion.normLimit)
  }

  /// Blocks of a convolution, a norm, something opaque, a join and a sum: 100,000 operators.
  @Test func `a graph of many operators is read once`() throws {
    var builder = GraphBuilder()
    builder.storage = .float32
    var value = builder.value("x")
    let one = NormNumbers(gamma: [2], beta: [0.25], mean: [0.125], variance: [0.75], epsilon: 0.25)
    let two = NormNumbers(gamma: [2, 3], beta: [0, 1], mean: [0, 0], variance: [0.75, 0.5], epsilon: 0.25)
    for index in 0..<10_000 {
      let a = builder.mixer(value, "a\(index)", from: 1, to: 1)
      let b = builder.norm(builder.mixer(value, "b\(index)", from: 1, to: 1), "n\(index)", one)
      let joined = builder.norm(builder.concat([a, b], "j\(index)", counts: [1, 1]), "m\(index)", two)
      let c = builder.mixer(joined, "c\(index)", from: 2, to: 1)
      let sum = builder.sum([c, builder.opaque(c, "r\(index)")], "s\(index)", shapes: [[.size(1)], [.size(1)]])
      value = builder.opaque(builder.norm(sum, "k\(index)", one), "o\(index)")
    }
    let constants = builder.constants()
    let plan = try FoldPlanner.plan(builder.graph, constants: constants)
    #expect(builder.graph.operators.count == 100_000)
    #expect(plan.outcomes.count - plan.declinedCount == 20_000 && plan.folds.count == 20_000)
    #expect(constants.reads == 4 * 30_000 && constants.visits == 0)
  }
}
