import Tensors
import Testing

@testable import BatchNormFolding

/// Rectifiers, which maps without a shift pass whose scales are at least 0.
extension FoldPlannerTests {
  private static func scaling(_ gamma: [Double], beta: [Double] = [0, 0]) -> NormNumbers {
    NormNumbers(gamma: gamma, beta: beta, mean: [0, 0], variance: [1, 1], epsilon: 0)
  }

  @Test(arguments: [[2, 4], [2, 0], [0, 0], [0.5, 1]])
  func `a norm of scales of at least 0 goes back through a rectifier`(gamma: [Double]) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let c = builder.mixer(x, bias: [0.5, -0.25])
    _ = builder.norm(builder.relu(c), "y", Self.scaling(gamma))
    let plan = try builder.plan()
    #expect(plan.directions == [.backward] && plan.through == [[OperatorID(1)]])
    #expect(plan.changes[c]?.map?.scale == gamma)
    try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
  }

  @Test(arguments: [[2, 4], [2, 0], [0.5, 1]])
  func `and on through one, before the operator behind`(gamma: [Double]) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let r = builder.relu(builder.norm(builder.opaque(x, "o"), "n", Self.scaling(gamma)))
    _ = builder.mixer(r)
    let plan = try builder.plan()
    #expect(plan.directions == [.forward] && plan.through == [[OperatorID(2)]])
    try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
  }

  @Test func `a negative scale turns it round, and stays`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.relu(builder.mixer(builder.value("x"))), "y", Self.scaling([2, -4]))
    try expectDecline(
      builder, .noLinearProducer,
      "the Relu 'r/Relu' beside it lets only scales pass that are at least 0, and that of channel 1 is not")
  }

  @Test(arguments: [true, false])
  func `a shift moves where it bends, and stays`(isForward: Bool) throws {
    var builder = GraphBuilder()
    let (x, numbers) = (builder.value("x"), Self.scaling([2, 4], beta: [0, 1]))
    if isForward {
      _ = builder.mixer(builder.relu(builder.norm(builder.opaque(x, "o"), "n", numbers)))
    } else {
      _ = builder.norm(builder.relu(builder.mixer(x)), "y", numbers)
    }
    try expectDecline(
      builder, .noLinearProducer,
      isForward
        ? "its input 'o' comes from the Relu 'o/Relu'; the Relu 'r/Relu' behind it lets no shift pass"
        : "its input 'r' comes from the Relu")
  }

  @Test func `two norms that turn it round together do not`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let n = builder.norm(builder.relu(builder.mixer(x)), "n", Self.scaling([-2, -1]))
    _ = builder.norm(n, "y", Self.scaling([-3, -5]))
    let plan = try builder.plan()
    #expect(plan.directions == [.backward, .backward] && plan.folds.map(\.norms) == [[OperatorID(2), OperatorID(3)]])
    try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
  }

  @Test func `a constant that multiplies passes one, a constant that adds does not`() throws {
    for operation in [ConstantAffine.Operation.multiplication, .addition] {
      var builder = GraphBuilder()
      let x = builder.value("x")
      _ = builder.affine(operation, builder.relu(builder.mixer(x)), "a", [2, 8])
      let plan = try builder.plan()
      #expect(plan.removed == (operation == .addition ? [] : [OperatorID(2)]))
      try builder.expectSameValues(under: plan, inputs: [x: 2], isExact: true)
    }
  }
}
