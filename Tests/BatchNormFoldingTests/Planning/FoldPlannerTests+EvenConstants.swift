import Tensors
import Testing

@testable import BatchNormFolding

/// Constants of several axes whose elements differ along the channels alone.
extension FoldPlannerTests {
  private static let even: [Double] = [8, 8, 8, 2, 2, 2]
  private static let everyOperation: [ConstantAffine.Operation] = [
    .addition, .subtraction, .reversedSubtraction, .multiplication, .division,
  ]

  /// A norm behind a constant of every element of what an operator makes, whose channels are axis 1.
  private static func norm(
    behind operation: ConstantAffine.Operation, _ values: [Double] = even, shape: [Int] = [2, 1, 3],
    keepsShape: Bool = true, hasSlot: Bool = true
  ) -> (builder: GraphBuilder, x: ValueID) {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let c = builder.mixer(x, "c", bias: hasSlot ? [0.5, -0.25] : nil, hasSlot: hasSlot)
    let a = builder.branch(operation, c, "a", values, shape: shape, keepsShape: keepsShape)
    builder.pin(builder.norm(a, "y", plain), .graphOutput)
    return (builder, x)
  }

  @Test(arguments: everyOperation, [[2, 1, 3], [1, 2, 1, 3], [2, 3, 1]])
  func `a constant with one value in each channel goes with the norm behind it`(
    operation: ConstantAffine.Operation, shape: [Int]
  ) throws {
    let (builder, x) = Self.norm(behind: operation, shape: shape)
    let plan = try builder.plan()
    #expect(plan.directions == [.backward] && plan.targets == [OperatorID(0)])
    #expect(plan.removed == [OperatorID(1), OperatorID(2)] && plan.through == [[OperatorID(1)]])
    try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
  }

  @Test(arguments: everyOperation)
  func `so it does with the norm before it`(operation: ConstantAffine.Operation) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let n = builder.norm(x, "n", Self.plain)
    let a = builder.branch(operation, n, "a", Self.even, keepsShape: true)
    builder.pin(builder.mixer(a, "y"), .graphOutput)
    let plan = try builder.plan()
    #expect(plan.directions == [.forward] && plan.removed == [OperatorID(0), OperatorID(1)])
    try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
  }

  @Test(
    arguments: [(.addition, 0), (.subtraction, 0), (.multiplication, 1), (.division, 1), (.multiplication, -2)]
      as [(ConstantAffine.Operation, Double)])
  func `one with one value everywhere goes whatever axes it has`(
    operation: ConstantAffine.Operation, value: Double
  ) throws {
    for shape in [[2, 1, 3], [1, 2, 3, 1], [6, 1, 1, 1], [6]] {
      let (builder, x) = Self.norm(behind: operation, Array(repeating: value, count: 6), shape: shape)
      let plan = try builder.plan()
      #expect(plan.codes == [nil] && plan.removed == [OperatorID(1), OperatorID(2)])
      try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
    }
  }

  @Test(
    arguments: [
      [8, 8, 8, 2, 2, 2.5], [8.5, 8, 8, 2, 2, 2], [8, 2, 8, 2, 8, 2], [0, 0, 0, 2, -0.0, 2], [0, -0.0, 0, 2, 2, 2],
      [8, 8, 8, 2, .nan, 2],
    ])
  func `where the elements of a channel differ, even in the sign of 0, its norm stays`(values: [Double]) throws {
    try expectDecline(
      Self.norm(behind: .multiplication, values).builder, .channelAxisDiffers,
      "'a.values' of shape [2, 1, 3], in the Add beside it, does not vary along its channels alone")
  }

  /// Its elements are as many as the channels, and have one value in each channel that they would be.
  @Test(arguments: [[2], [1, 2], [2, 1], [2, 1, 1, 1]])
  func `a constant along another axis is none of the channels, though it is as long`(shape: [Int]) throws {
    try expectDecline(
      Self.norm(behind: .multiplication, [8, 2], shape: shape).builder, .channelAxisDiffers,
      "'a.values' of shape \(shape), in the Add beside it, does not vary along its channels alone")
  }

  @Test func `one that may widen the value is not taken for what it holds`() throws {
    try expectDecline(
      Self.norm(behind: .multiplication, keepsShape: false).builder, .channelAxisDiffers,
      "'a.values' of shape [2, 1, 3], in the Add beside it, does not vary along its channels alone")
    let (builder, x) = Self.norm(behind: .addition, keepsShape: false)
    let plan = try builder.plan()
    #expect(plan.removed == [OperatorID(2)] && Set(plan.targets) == [OperatorID(0), OperatorID(1)])
    try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
  }

  @Test(arguments: [Double.nan, .infinity])
  func `one that is no number declines as one per channel does`(value: Double) throws {
    var builder = GraphBuilder()
    let a = builder.affine(.multiplication, builder.mixer(builder.value("x"), bias: [1, 1]), "a", [value, 2])
    builder.pin(builder.norm(a, "y", Self.plain), .graphOutput)
    let codes = try builder.plan().codes
    let even = try Self.norm(behind: .multiplication, [value, value, value, 2, 2, 2]).builder.plan()
    #expect(codes != [nil] && even.codes == codes)
  }

  @Test func `an operator without a bias keeps such an Add, whose constant becomes one per channel`() throws {
    let (builder, x) = Self.norm(behind: .addition, hasSlot: false)
    let plan = try builder.plan()
    #expect(plan.codes == [nil] && plan.removed == [OperatorID(2)])
    #expect(plan.folds.map(\.bias?.holder) == [.addition(OperatorID(1))])
    try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
  }

  @Test func `without a norm such constants are not looked through`() throws {
    var builder = GraphBuilder()
    let a = builder.branch(.multiplication, builder.mixer(builder.value("x"), "c"), "a", Self.even, keepsShape: true)
    builder.pin(builder.affine(.multiplication, a, "d", [4, 8]), .graphOutput)
    let constants = builder.constants()
    let plan = try FoldPlanner.plan(builder.graph, constants: constants)
    #expect(plan.folds.isEmpty && constants.visits == 0)
  }
}
