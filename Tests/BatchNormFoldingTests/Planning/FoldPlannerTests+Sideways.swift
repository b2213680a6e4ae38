import Tensors
import Testing

@testable import BatchNormFolding

/// Norms that an operator beside them adds to what it makes, and norms that take others in.
extension FoldPlannerTests {
  /// `conv(x) + norm(x)`, as many branches as a seed names.
  private struct Block {
    var builder = GraphBuilder()
    let x: ValueID
    let r: ValueID
    let c: ValueID
    let n: ValueID
    let s: ValueID

    /// - Parameter hasIdentity: Whether the convolution keeps its channels in place.
    init(hasIdentity: Bool = true, hasSlot: Bool = true, isDifference: Bool = false, isFirst: Bool = true) {
      x = builder.value("x")
      r = builder.opaque(x)
      c = builder.mixer(r, "c", hasSlot: hasSlot, hasIdentity: hasIdentity)
      n = builder.norm(r, "n", plain)
      s = builder.sum(isFirst ? [c, n] : [n, c], isDifference: isDifference)
    }
  }

  @Test(arguments: [true, false])
  func `a norm on an identity branch goes into the operator beside it`(isFirst: Bool) throws {
    let block = Block(isFirst: isFirst)
    let plan = try block.builder.plan()
    let fold = try #require(plan.folds.first)
    #expect(plan.directions == [.sideways] && plan.targets == [OperatorID(1)] && plan.through == [[]])
    #expect(fold.weights([1, 2, 3, 4]) == [3, 2, 3, 8] && fold.bias?.values == [1, -1])
    // The sum goes with the norm, and what the operator makes is the sum.
    #expect(plan.removed == [OperatorID(2), OperatorID(3)] && plan.successors == [block.c: block.s])
    #expect(plan.changes.isEmpty)
    try block.builder.expectSameValues(under: plan, inputs: [block.x: 2])
  }

  @Test func `goes beside what was folded into the operator already, and before what follows`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let r = builder.opaque(x)
    let c = builder.norm(builder.mixer(r, "c", bias: [3, 4], hasIdentity: true), "m", Self.plain)
    let sum = builder.sum([c, builder.norm(r, "n", Self.plain)])
    _ = builder.norm(sum, "y", Self.plain)
    let plan = try builder.plan()
    #expect(plan.codes == [nil, nil, nil] && plan.targets == [OperatorID(1)])
    #expect(plan.folds.first?.norms == [OperatorID(2), OperatorID(3), OperatorID(5)])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  /// Branches of RepVGG: two convolutions with a norm each and a norm alone.
  @Test func `finds the operator in a tree of sums, between which values are others then`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let r = builder.opaque(x)
    let a = builder.norm(builder.mixer(r, "a", hasIdentity: true), "na", Self.plain)
    let b = builder.norm(builder.mixer(r, "b"), "nb", Self.plain)
    let first = builder.sum([a, b], "s")
    let y = builder.sum([first, builder.norm(r, "n", Self.plain)], "y")
    builder.pin(y, .graphOutput)
    let plan = try builder.plan()
    #expect(plan.directions == [.backward, .backward, .sideways])
    #expect(plan.targets == [OperatorID(1), OperatorID(3)])
    #expect(plan.changes.values.allSatisfy { $0 == .unmappable } && plan.changes.keys.contains(a))
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `what stands before both goes into the operator as well`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let n = builder.norm(builder.opaque(x), "n", Self.plain)
    let c = builder.mixer(n, "c", hasIdentity: true)
    _ = builder.sum([c, builder.norm(n, "m", Self.plain)])
    let plan = try builder.plan()
    #expect(plan.directions == [.forward, .sideways] && plan.targets == [OperatorID(2)])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `an operator that mixes places, takes no bias or is subtracted from takes nothing beside it`() throws {
    for block in [Block(hasIdentity: false), Block(hasSlot: false), Block(isDifference: true)] {
      let plan = try block.builder.plan()
      #expect(plan.codes == ["no-linear-producer"] && plan.folds.isEmpty && plan.removed.isEmpty)
    }
  }

  @Test(arguments: ["norm", "conv"])
  func `a branch that anything else reads stays`(branch: String) throws {
    for pins in [FoldValue.Pins.graphOutput, .captured, .kept, []] {
      var block = Block()
      let value = branch == "norm" ? block.n : block.c
      if pins.isEmpty { block.builder.read(value) } else { block.builder.pin(value, pins) }
      let plan = try block.builder.plan()
      // A norm's own output that is to be kept keeps it from going on, which is the better reason.
      let code = branch == "norm" && pins == .kept ? "value-pinned" : "no-linear-producer"
      #expect(plan.codes == [code] && plan.folds.isEmpty && plan.changes.isEmpty)
    }
  }

  @Test func `an operator that reads something else takes nothing beside it`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let r = builder.opaque(x)
    let c = builder.mixer(builder.opaque(r, "q"), "c", hasIdentity: true)
    _ = builder.sum([c, builder.norm(r, "n", Self.plain)])
    #expect(try builder.plan().codes == ["no-linear-producer"])
  }

  @Test(arguments: [Self.plain, Self.doubling])
  func `two norms of what an operator reads both go into it`(other: NormNumbers) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let r = builder.opaque(x)
    let c = builder.mixer(r, "c", hasIdentity: true)
    let sum = builder.sum([c, builder.norm(r, "n", Self.plain)])
    _ = builder.sum([sum, builder.norm(r, "m", other)], "z")
    let plan = try builder.plan()
    #expect(plan.directions == [.sideways, .sideways] && plan.targets == [OperatorID(1)])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  // MARK: - Merging

  @Test func `norms without an operator become one`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let first = builder.norm(builder.opaque(x), "n", Self.doubling)
    _ = builder.norm(builder.affine(.multiplication, builder.norm(first, "m", Self.plain), "a", [3, 5]), "y")
    let plan = try builder.plan()
    #expect(plan.codes.count(where: { $0 == nil }) == 2 && plan.folds.count == 1)
    #expect(plan.directions.compactMap(\.self) == [.merged, .merged])
    #expect(plan.constants.map(\.id) == [OperatorID(3)])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  /// Its gamma and beta change, its mean and variance stay: the new beta is the image of the old mean.
  @Test func `a norm that stays keeps its mean and variance`() throws {
    var builder = GraphBuilder()
    let n = builder.norm(
      builder.opaque(builder.value("x")), "n", NormNumbers(gamma: [2, 3], beta: [5, 7], mean: [11, 13]))
    _ = builder.norm(n, "y", Self.plain)
    let plan = try builder.plan()
    let fold = try #require(plan.folds.first)
    #expect(plan.codes == ["no-linear-producer", nil] && fold.linear == OperatorID(1))
    #expect(fold.norms == [OperatorID(2)] && fold.weights([2, 3]) == [4, 12])
    #expect(fold.bias?.values == [11, 27] && fold.bias?.originals == [11, 13])
    var error = FoldError(fold.arithmetic)
    fold.observeBias(in: &error)
    #expect(error.maxBiasUlp == 0)
  }

  @Test func `merges through what passes maps, in the direction in which more go`() throws {
    // Each of two norms may go back to the first one; only one of them could go on.
    var builder = GraphBuilder()
    let x = builder.value("x")
    let n = builder.norm(builder.opaque(x), "n", Self.plain)
    let parts = builder.split(n, ["p", "q"], counts: [1, 1])
    builder.pin(parts[1], .graphOutput)
    let one = NormNumbers(gamma: [3], beta: [1], mean: [0], variance: [1], epsilon: 0)
    builder.pin(builder.norm(builder.norm(parts[0], "m", one), "y", one), .graphOutput)
    var plan = try builder.plan()
    #expect(plan.codes == ["no-linear-producer", nil, nil] && plan.targets == [OperatorID(1)])
    try builder.expectSameValues(under: plan, inputs: [x: 2])

    // Both may go on to the two that read them.
    builder = GraphBuilder()
    let value = builder.norm(builder.norm(builder.opaque(builder.value("x")), "n", Self.plain), "m", Self.plain)
    builder.pin(builder.norm(value, "y", Self.plain), .graphOutput)
    _ = builder.mixer(value)
    plan = try builder.plan()
    #expect(plan.codes == [nil, nil, "no-linear-producer"])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `a norm that may not change takes nothing in`() throws {
    let refusal = DeclineReason(.excluded, "left out")
    var builder = GraphBuilder()
    let n = builder.norm(builder.opaque(builder.value("x")), "n", refusal: refusal)
    _ = builder.norm(n, "y", Self.plain)
    #expect(try builder.plan().codes == ["excluded", "no-linear-producer"])
  }
}
