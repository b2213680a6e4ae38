import Tensors
import Testing

@testable import BatchNormFolding

/// Sums that do without a branch, and constants that are one.
extension FoldPlannerTests {
  @Test(arguments: [[0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0]])
  func `a sum of three branches does without the norm that an operator beside it takes in`(order: [Int]) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let o = builder.value("o")
    let c = builder.mixer(x, "c", hasIdentity: true)
    let n = builder.norm(x, "n", Self.plain)
    let s = builder.sum(order.map { [c, n, o][$0] })
    builder.pin(s, .graphOutput)
    let plan = try builder.plan()
    #expect(plan.directions == [.sideways] && plan.targets == [OperatorID(0)])
    #expect(plan.leftOut == [OperatorID(2): [n]] && plan.removed == [OperatorID(1)] && plan.successors.isEmpty)
    // What the operator makes is the two branches of before, which is no map of the one.
    #expect(plan.changes == [c: .unmappable])
    #expect(plan.folds.first?.weights([1, 2, 3, 4]) == [3, 2, 3, 8])
    try builder.expectSameValues(under: plan, inputs: [x: 2, o: 2], isExact: true)
  }

  @Test func `a sum does without as many norms as there are operators beside them`() throws {
    var builder = GraphBuilder()
    let (r, q) = (builder.value("r"), builder.value("q"))
    let c = builder.mixer(r, "c", hasIdentity: true)
    let d = builder.mixer(q, "d", hasIdentity: true)
    let (n, m) = (builder.norm(r, "n", Self.plain), builder.norm(q, "m", Self.plain))
    let s = builder.sum([n, c, m, d])
    builder.pin(s, .graphOutput)
    let plan = try builder.plan()
    #expect(plan.directions == [.sideways, .sideways] && plan.targets == [OperatorID(0), OperatorID(1)])
    #expect(plan.leftOut == [OperatorID(4): [n, m]])
    try builder.expectSameValues(under: plan, inputs: [r: 2, q: 2], isExact: true)
  }

  @Test func `a sum that is left with one branch goes with the norm that it loses last`() throws {
    var builder = GraphBuilder()
    let (r, q) = (builder.value("r"), builder.value("q"))
    let (c, n) = (builder.mixer(r, "c", hasIdentity: true), builder.norm(r, "n", Self.plain))
    let s = builder.sum([c, n, builder.norm(q, "m", Self.plain)])
    builder.pin(builder.sum([s, builder.mixer(q, "d", hasIdentity: true)], "t"), .graphOutput)
    let plan = try builder.plan()
    #expect(plan.directions == [.sideways, .sideways] && plan.targets == [OperatorID(0), OperatorID(4)])
    #expect(plan.removed == [OperatorID(1), OperatorID(2), OperatorID(3)])
    try builder.expectSameValues(under: plan, inputs: [r: 2, q: 2], isExact: true)
  }

  @Test func `a branch that the sum has twice stays in it`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let r = builder.opaque(x)
    let n = builder.norm(r, "n", Self.plain)
    builder.pin(builder.sum([n, builder.mixer(r, "c", hasIdentity: true), n]), .graphOutput)
    let plan = try builder.plan()
    #expect(plan.codes == ["no-linear-producer"] && plan.leftOut.isEmpty && plan.folds.isEmpty)
  }

  @Test func `a norm behind goes into the branches that are left`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let r = builder.opaque(x)
    let (c, n) = (builder.mixer(r, "c", hasIdentity: true), builder.norm(r, "n", Self.plain))
    let s = builder.sum([n, c, builder.mixer(x, "o")])
    builder.pin(builder.norm(s, "y", Self.plain), .graphOutput)
    let plan = try builder.plan()
    #expect(plan.directions == [.sideways, .backward] && plan.leftOut == [OperatorID(4): [n]])
    #expect(plan.targets == [OperatorID(1), OperatorID(3)])
    try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
  }

  // MARK: - Constants

  /// A norm behind `conv(x)` and a constant of a number for each element.
  private static func norm(
    behind operation: ConstantAffine.Operation, shape: [Int] = [2, 1, 3], values: [Double] = [1, -2, 3, 4, 0.5, -6],
    storage: StorageType? = nil, isKept: Bool = false
  ) -> (builder: GraphBuilder, x: ValueID, c: ValueID) {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let c = builder.mixer(x, "c", bias: [0.5, -0.25])
    let a = builder.branch(operation, c, "a", values, shape: shape, isKept: isKept, storage: storage)
    builder.pin(builder.norm(a, "y", plain), .graphOutput)
    return (builder, x, c)
  }

  @Test(
    arguments: [ConstantAffine.Operation.addition, .subtraction, .reversedSubtraction], [[2, 1, 3], [1, 2, 1, 3]])
  func `a constant that varies along more than the channels is scaled like a branch of a sum`(
    operation: ConstantAffine.Operation, shape: [Int]
  ) throws {
    let (builder, x, c) = Self.norm(behind: operation, shape: shape)
    let plan = try builder.plan()
    #expect(plan.directions == [.backward] && Set(plan.targets) == [OperatorID(0), OperatorID(1)])
    #expect(plan.removed == [OperatorID(2)] && plan.through == [[OperatorID(1)]])
    let fold = try #require(plan.folds.first { $0.linear == OperatorID(1) })
    #expect(fold.weights([1, -2, 3, 4, 0.5, -6]) == [2, -4, 6, 16, 2, -24] && fold.bias == nil)
    // What is subtracted has the shift turned round.
    let sign: Double = operation == .reversedSubtraction ? -1 : 1
    #expect(plan.changes[c]?.map == .init(view: .axis(1, count: 2), scale: [2, 4], shift: [sign, -sign]))
    #expect(
      plan.folds.first { $0.linear == OperatorID(0) }?.bias?.values == [0.5 * 2 + sign, -0.25 * 4 - sign])
    try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
  }

  @Test(arguments: [ConstantAffine.Operation.multiplication, .division])
  func `one that multiplies is no branch`(operation: ConstantAffine.Operation) throws {
    try expectDecline(
      Self.norm(behind: operation).builder, .channelAxisDiffers,
      "'a.values' of shape [2, 1, 3], in the Add beside it, does not vary along its channels alone")
  }

  @Test(arguments: [[1, 2, 3], [3], [2, 3], [6, 1, 1], [6]])
  func `one without every channel is no branch`(shape: [Int]) throws {
    let values = Array([1.0, -2, 3, 4, 0.5, -6].prefix(shape.reduce(1, *)))
    try expectDecline(
      Self.norm(behind: .addition, shape: shape, values: values).builder, .channelAxisDiffers,
      "'a.values' of shape \(shape), in the Add beside it, does not vary along its channels alone")
  }

  @Test func `one of another type, or that is to be kept, keeps its norm`() throws {
    try expectDecline(
      Self.norm(behind: .addition, storage: .float16).builder, .typeMismatch,
      "its gamma is float32 but the weight 'a.values' is float16")
    try expectDecline(
      Self.norm(behind: .addition, isKept: true).builder, .valuePinned, "the weight 'a.values' is to be kept")
  }

  @Test func `one that others read is copied for the norm`() throws {
    var (builder, x, _) = Self.norm(behind: .subtraction)
    builder.share(ConstantID(2))
    let plan = try builder.plan()
    #expect(plan.directions == [.backward])
    try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
  }

  @Test func `a norm goes back through several constants of either kind`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    var value = builder.branch(.reversedSubtraction, builder.mixer(x), "a", [1, 2, 3, 4, 5, 6])
    value = builder.affine(.multiplication, builder.addition(value, "b"), "d", [0.5, 2])
    value = builder.branch(.reversedSubtraction, value, "e", [6, 5, 4, 3, 2, 1])
    builder.pin(
      builder.norm(builder.branch(.subtraction, value, "f", [1, 1, 2, 2, 3, 3]), "y", Self.plain), .graphOutput)
    let plan = try builder.plan()
    #expect(plan.codes == [nil] && plan.folds.count == 4)
    try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
  }

  @Test func `without an operator before it a constant is no end of the way`() throws {
    var builder = GraphBuilder()
    let a = builder.branch(.addition, builder.opaque(builder.value("x")), "a", [1, 2, 3, 4, 5, 6])
    builder.pin(builder.norm(a, "y", Self.plain), .graphOutput)
    try expectDecline(
      builder, .noLinearProducer,
      "its input 'r' comes from the Relu 'r/Relu'; the value 'y' behind it is a graph output")
  }
}
