import Tensors
import Testing

@testable import BatchNormFolding

/// Sums, differences, products and quotients of a value and a constant.
extension FoldPlannerTests {
  /// An operation with `[8, 2]`, what it makes of 1 less what it makes of 0, and what it makes of −1 and of 3.
  static let operations: [(ConstantAffine.Operation, scales: [Double], images: [Double])] = [
    (.addition, [1, 1], [7, 5]), (.subtraction, [1, 1], [-9, 1]), (.reversedSubtraction, [-1, -1], [9, -1]),
    (.multiplication, [8, 2], [-8, 6]), (.division, [0.125, 0.5], [-0.125, 1.5]),
  ]

  @Test(arguments: operations)
  func `a constant before a norm folds with it`(
    operation: ConstantAffine.Operation, scales: [Double], images: [Double]
  ) throws {
    var builder = GraphBuilder()
    let value = builder.affine(operation, builder.conv(builder.value("x"), bias: [-1, 3]), "a", [8, 2])
    let y = builder.norm(value, "y", Self.doubling)
    let plan = try builder.plan()
    let fold = try #require(plan.folds.first)
    #expect(plan.through == [[OperatorID(1)]])
    #expect(plan.output(of: OperatorID(0), in: builder) == y)
    #expect(fold.norms == [OperatorID(2)] && plan.constants.map(\.id) == [OperatorID(1)])
    #expect(fold.bias?.values == [(images[0] - 1) * 2 + 0.5, (images[1] + 1) * 2 - 0.5])
    #expect((0..<2).map { fold.arithmetic.weight(1, channel: $0) } == scales.map { 2 * $0 })
  }

  @Test(arguments: operations)
  func `a constant behind the last norm, or without one, folds alone`(
    operation: ConstantAffine.Operation, scales: [Double], images: [Double]
  ) throws {
    var builder = GraphBuilder()
    let y = builder.affine(operation, builder.identity(builder.conv(builder.value("x"), bias: [-1, 3])), "a", [8, 2])
    let plan = try builder.plan()
    let fold = try #require(plan.folds.first)
    #expect(plan.outcomes.isEmpty && fold.norms.isEmpty && plan.removed == [OperatorID(1), OperatorID(2)])
    #expect(plan.output(of: OperatorID(0), in: builder) == y && fold.bias?.values == images)
    #expect(plan.constants.map(\.move.through) == [[OperatorID(1)]] && plan.constants.map(\.move.folds) == [[0]])
    #expect((0..<2).map { fold.arithmetic.weight(1, channel: $0) } == scales)

    builder = GraphBuilder()
    let n = builder.norm(builder.conv(builder.value("x"), bias: [-1, 3]), "n", Self.doubling)
    let z = builder.affine(operation, builder.identity(n), "a", [8, 2])
    _ = builder.identity(z, "behind")
    let behind = try builder.plan()
    let both = try #require(behind.folds.first)
    #expect(behind.codes == [nil] && behind.folds.count == 1 && behind.through == [[]])
    #expect(behind.output(of: OperatorID(0), in: builder) == z && both.norms == [OperatorID(1)])
    #expect(behind.removed == [OperatorID(1), OperatorID(2), OperatorID(3)])
  }

  @Test func `a constant that may not fold alone stays, and so does what is behind it`() throws {
    var builder = GraphBuilder()
    let first = builder.addition(builder.conv(builder.value("x")), "a")
    _ = builder.addition(builder.addition(first, "b", foldsAlone: false), "c")
    let plan = try builder.plan()
    #expect(plan.output(of: OperatorID(0), in: builder) == first && plan.removed == [OperatorID(1)])
    builder = GraphBuilder()
    _ = builder.norm(builder.addition(builder.conv(builder.value("x")), foldsAlone: false))
    #expect(try builder.plan().codes == [nil])
  }

  @Test func `constants fold as far as nothing else reads what is between them`() throws {
    var builder = GraphBuilder()
    let first = builder.addition(builder.conv(builder.value("x")), "a")
    builder.read(first)
    _ = builder.addition(first, "b")
    #expect(try builder.plan().output(of: OperatorID(0), in: builder) == first)
    builder = GraphBuilder()
    let uneven = builder.addition(builder.conv(builder.value("x")), "a")
    _ = builder.addition(uneven, "b", [1, 2], shape: [2])
    #expect(try builder.plan().output(of: OperatorID(0), in: builder) == uneven)
  }

  @Test func `constants before a norm that stays fold alone`() throws {
    var builder = GraphBuilder()
    let sum = builder.addition(builder.conv(builder.value("x")), "a")
    _ = builder.norm(sum, refusal: DeclineReason(.excluded, "left out"))
    #expect(try builder.plan().output(of: OperatorID(0), in: builder) == sum)
    builder = GraphBuilder()
    let same = builder.addition(builder.conv(builder.value("x")), "a")
    _ = builder.norm(same, "y", NormNumbers(gamma: [1], beta: [0], mean: [0], variance: [1]))
    let plan = try builder.plan()
    #expect(plan.codes == ["channel-mismatch"] && plan.output(of: OperatorID(0), in: builder) == same)
    #expect(plan.reasons[0]?.text == "it has 1 channels but 'a.values' of the Add beside it has 2")
  }

  @Test func `an operator without a bias keeps the one addition behind it`() throws {
    var builder = GraphBuilder()
    _ = builder.addition(builder.conv(builder.value("x"), hasSlot: false))
    #expect(try builder.plan().folds.isEmpty)
    builder = GraphBuilder()
    _ = builder.affine(.subtraction, builder.conv(builder.value("x"), hasSlot: false))
    #expect(try builder.plan().folds.isEmpty)
    builder = GraphBuilder()
    let product = builder.affine(.multiplication, builder.conv(builder.value("x"), hasSlot: false))
    #expect(try builder.plan().output(of: OperatorID(0), in: builder) == product)
    _ = builder.addition(product, "b")
    let plan = try builder.plan()
    #expect(plan.output(of: OperatorID(0), in: builder) == product && plan.folds.map { $0.bias == nil } == [true])
    #expect(plan.constants.map(\.id) == [OperatorID(1)] && plan.removed == [OperatorID(1)])
    builder = GraphBuilder()
    let sum = builder.addition(builder.conv(builder.value("x"), hasSlot: false))
    _ = builder.affine(.multiplication, sum, "b")
    let other = try builder.plan()
    #expect(other.folds.map(\.bias?.holder) == [.addition(OperatorID(1))])
    #expect(other.folds.map(\.bias?.values) == [[100, 400]] && other.removed == [OperatorID(2)])
  }

  @Test(arguments: [0, .nan, .infinity, 1e-60])
  func `a divisor of no use stays, and the norm behind it`(divisor: Double) throws {
    var builder = GraphBuilder()
    let quotient = builder.affine(.division, builder.conv(builder.value("x"), bias: [1, 1]), "a", [1, divisor])
    #expect(try builder.plan().folds.isEmpty)
    _ = builder.norm(quotient)
    let plan = try builder.plan()
    #expect(plan.codes == ["overflows-storage"] && plan.folds.isEmpty)
  }

  @Test func `what is to be kept is no target`() throws {
    var builder = GraphBuilder()
    _ = builder.addition(builder.conv(builder.value("x"), isWeightKept: true))
    #expect(try builder.plan().folds.isEmpty)
  }
}
