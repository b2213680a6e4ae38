import Tensors
import Testing

@testable import BatchNormFolding

/// Several operators behind one linear operator.
extension FoldPlannerTests {
  /// A scale of 2 and the shift (0 − 1) · 2 + 0.5 = −1.5, and (0 + 1) · 2 − 0.5 = 1.5.
  static let doubling = NormNumbers(gamma: [4, 6])

  @Test func `a chain of norms becomes one fold`() throws {
    var builder = GraphBuilder()
    let first = builder.norm(builder.conv(builder.value("x")), "n", Self.doubling)
    let y = builder.norm(first, "y", Self.doubling)
    let plan = try builder.plan()
    let fold = try #require(plan.folds.first)
    #expect(plan.codes == [nil, nil])
    #expect(plan.folds.count == 1)
    #expect(fold.norms == [OperatorID(1), OperatorID(2)])
    #expect(plan.output(of: fold.linear, in: builder) == y)
    #expect(plan.removed == [OperatorID(1), OperatorID(2)])
    #expect(fold.arithmetic.weight(3, channel: 0) == 12)
    // (−1.5 − 1) · 2 + 0.5, (1.5 + 1) · 2 − 0.5.
    #expect(fold.bias?.values == [-4.5, 4.5])
  }

  @Test func `folds through what hands a value on`() throws {
    var builder = GraphBuilder()
    let same = builder.identity(builder.identity(builder.conv(builder.value("x")), "s"), "t")
    let first = builder.norm(same, "n")
    _ = builder.norm(builder.identity(first, "u"))
    let plan = try builder.plan()
    #expect(plan.through == [[OperatorID(1), OperatorID(2)], [OperatorID(4)]])
    #expect(plan.removed == Set((1...5).map { OperatorID($0) }) && plan.targets == [OperatorID(0)])
  }

  @Test func `the first norm folds though the value behind it has two readers`() throws {
    var builder = GraphBuilder()
    let first = builder.norm(builder.conv(builder.value("x")), "n")
    builder.read(first)
    _ = builder.norm(first)
    let plan = try builder.plan()
    #expect(plan.codes == [nil, "activation-shared"])
    #expect(plan.output(of: OperatorID(0), in: builder) == first)
  }

  @Test func `a norm behind one that stays has no operator to fold into`() throws {
    var builder = GraphBuilder()
    let reason = DeclineReason(.excluded, "left out")
    let first = builder.norm(builder.conv(builder.value("x")), "n", refusal: reason)
    _ = builder.norm(first)
    let plan = try builder.plan()
    #expect(plan.codes == ["excluded", "no-linear-producer"])
    #expect(plan.reasons[1]?.text == "its input 'n' comes from the BatchNormalization 'n/BatchNormalization'")
  }

  @Test func `two norms of one value both stay`() throws {
    var builder = GraphBuilder()
    let c = builder.conv(builder.value("x"))
    _ = builder.norm(c, "y1", Self.plain)
    _ = builder.norm(c, "y2", Self.doubling)
    #expect(try builder.plan().codes == ["activation-shared", "activation-shared"])
  }

  @Test func `an obstacle before something that hands on is an obstacle behind it`() throws {
    var builder = GraphBuilder()
    let c = builder.conv(builder.value("x"))
    builder.pin(c, .graphOutput)
    _ = builder.norm(builder.identity(c))
    try expectDecline(builder, .activationIsOutput, "the value 'c' before it is a graph output")
  }

  @Test(
    arguments: [([10, 20], [2, 1, 1]), ([10, 20], [1, 2, 1, 1]), ([10], []), ([10], [1])] as [([Double], [Int])])
  func `folds an addition of a constant per channel or for all`(values: [Double], shape: [Int]) throws {
    var builder = GraphBuilder()
    let sum = builder.addition(builder.conv(builder.value("x"), bias: [1, 2]), "a", values, shape: shape)
    _ = builder.norm(sum, "y", Self.doubling)
    let plan = try builder.plan()
    let fold = try #require(plan.folds.first)
    #expect(plan.through == [[OperatorID(1)]])
    #expect(plan.removed == [OperatorID(1), OperatorID(2)])
    #expect(fold.bias?.holder == .linear)
    // (1 + 10 − 1) · 2 + 0.5, (2 + the second + 1) · 2 − 0.5.
    #expect(fold.bias?.values == [20.5, values.count == 2 ? 45.5 : 25.5])
  }

  @Test func `folds an addition whose axis is named, as old formats do`() throws {
    var builder = GraphBuilder()
    let sum = builder.addition(builder.conv(builder.value("x")), "a", [10, 20], shape: [2], firstAxis: 1)
    _ = builder.norm(sum)
    #expect(try builder.plan().codes == [nil])
  }

  @Test(arguments: [([2], nil), ([2, 1, 5], nil), ([2], 0), ([2, 2, 1, 1], nil)] as [([Int], Int?)])
  func `declines behind an addition that varies along more than the channels`(shape: [Int], axis: Int?) throws {
    var builder = GraphBuilder()
    let values = Array(repeating: 1.0, count: shape.reduce(1, *))
    let sum = builder.addition(builder.conv(builder.value("x")), "a", values, shape: shape, firstAxis: axis)
    _ = builder.norm(sum)
    try expectDecline(
      builder, .channelAxisDiffers,
      "'a.values' of shape \(shape), in the Add beside it, does not vary along its channels alone")
  }

  @Test func `declines behind an addition of another type`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.addition(builder.conv(builder.value("x")), storage: .float16))
    try expectDecline(
      builder, .typeMismatch, "'a.values' beside it is float16 but the weight 'c.weight' is float32")
  }

  @Test func `an addition behind an operator without a bias holds the new one`() throws {
    var builder = GraphBuilder()
    let sum = builder.addition(builder.identity(builder.conv(builder.value("x"), hasSlot: false)))
    let y = builder.norm(builder.addition(sum, "b"), "y", Self.doubling)
    let plan = try builder.plan()
    #expect(plan.folds.map(\.bias?.holder) == [.addition(OperatorID(2))])
    #expect(plan.removed == [OperatorID(1), OperatorID(3), OperatorID(4)])
    #expect(plan.output(of: OperatorID(0), in: builder) == y)
  }

  @Test func `an addition between two norms holds the bias of both`() throws {
    var builder = GraphBuilder()
    let first = builder.norm(builder.conv(builder.value("x"), hasSlot: false), "n", Self.doubling)
    _ = builder.norm(builder.addition(first), "y", Self.doubling)
    let fold = try #require(try builder.plan().folds.first)
    #expect(fold.bias?.holder == .addition(OperatorID(2)))
    #expect(fold.bias?.values == [(-1.5 + 10 - 1) * 2 + 0.5, (1.5 + 20 + 1) * 2 - 0.5])
  }

  @Test func `an addition that a norm takes back is absorbed and no bias is left`() throws {
    var builder = GraphBuilder()
    let sum = builder.addition(builder.conv(builder.value("x"), hasSlot: false))
    let y = builder.norm(sum, "y", NormNumbers(beta: [0, 0], mean: [10, 20]))
    let plan = try builder.plan()
    #expect(plan.folds.count == 1 && plan.folds.first?.bias == nil)
    #expect(plan.removed == [OperatorID(1), OperatorID(2)])
    #expect(plan.output(of: OperatorID(0), in: builder) == y)
  }

  /// The planner reads each parameter once, however long the chain: nothing is looked at again.
  @Test(arguments: [1, 100, 20_000])
  func `reads each parameter of a chain once and makes one fold of it`(norms: Int) throws {
    var builder = GraphBuilder()
    var value = builder.conv(builder.value("x"), weight: [1], bias: [0.5])
    let numbers = NormNumbers(gamma: [1], beta: [0.25], mean: [0.125], variance: [1 - 0x1p-20], epsilon: 0x1p-24)
    for index in 0..<norms { value = builder.norm(value, "n\(index)", numbers) }
    let constants = builder.constants()
    let plan = try FoldPlanner.plan(builder.graph, constants: constants)
    #expect(constants.reads == 4 * norms + 1)
    #expect(plan.folds.count == 1)
    #expect(plan.folds.first?.norms.count == norms)
    #expect(plan.outcomes.count == norms)
    #expect(plan.folds.first?.arithmetic.affine.steps.count == norms)
  }
}
