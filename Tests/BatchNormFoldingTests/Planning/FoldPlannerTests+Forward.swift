import Tensors
import Testing

@testable import BatchNormFolding

/// Norms that move to what reads them.
extension FoldPlannerTests {
  @Test func `a norm without an operator before it goes into the one behind`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let r = builder.opaque(x)
    let y = builder.norm(r, "y", Self.plain)
    _ = builder.mixer(y, bias: [0.5, 0.25])
    let plan = try builder.plan()
    let fold = try #require(plan.folds.first)
    #expect(plan.directions == [.forward] && plan.targets == [OperatorID(2)] && plan.through == [[]])
    #expect(plan.successors == [y: r] && plan.changes.isEmpty && plan.removed == [OperatorID(1)])
    #expect(fold.norms == [OperatorID(1)] && fold.weights([1, 2, 3, 4]) == [2, 8, 6, 16])
    // 1 · 1 − 2 · 1 and 3 · 1 − 4 · 1 more.
    #expect(fold.bias?.values == [-0.5, -0.75])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `goes into all that read it, or into none`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let y = builder.norm(builder.opaque(x), "y", Self.plain)
    _ = builder.mixer(y, "a")
    _ = builder.mixer(builder.carrier(.sameAxes, y, "t", mixing: [2, 3]), "b")
    let plan = try builder.plan()
    #expect(plan.directions == [.forward] && plan.targets == [OperatorID(2), OperatorID(4)])
    #expect(plan.through == [[OperatorID(3)]])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
    builder.read(y)
    let other = try builder.plan()
    #expect(other.codes == ["no-linear-producer"] && other.folds.isEmpty && other.changes.isEmpty)
  }

  /// What the values between became undoes the norm: `(old − 1) / 2` and `(old + 1) / 4`.
  @Test func `values between it and the operator are as they were before it`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let t = builder.carrier(.sameAxes, builder.norm(builder.opaque(x), "y", Self.plain), "t", mixing: [2, 3])
    _ = builder.mixer(t)
    let plan = try builder.plan()
    #expect(
      plan.changes[t]?.map == ValueChange.Map(view: .axis(1, count: 2), scale: [0.5, 0.25], shift: [-0.5, 0.25]))
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `a scale of 0 leaves nothing to undo it by`() throws {
    var builder = GraphBuilder()
    let numbers = NormNumbers(gamma: [0, 1], beta: [1, 1], mean: [0, 0], variance: [1, 1], epsilon: 0)
    let x = builder.value("x")
    let t = builder.carrier(.sameAxes, builder.norm(builder.opaque(x), "y", numbers), "t", mixing: [2, 3])
    _ = builder.mixer(t)
    let plan = try builder.plan()
    #expect(plan.codes == [nil] && plan.changes == [t: .unmappable])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `norms and constants in a row go on together`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    var value = builder.norm(builder.opaque(x), "n", Self.plain)
    value = builder.norm(builder.affine(.multiplication, value, "a", [3, 5]), "m", Self.plain)
    _ = builder.mixer(builder.identity(value))
    let plan = try builder.plan()
    #expect(plan.directions == [.forward, .forward] && plan.constants.map(\.id) == [OperatorID(2)])
    #expect(plan.folds.map(\.norms) == [[OperatorID(3), OperatorID(1)]])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `goes on into its channels of a join and into each part of a split`() throws {
    var builder = GraphBuilder()
    let (x, r) = (builder.value("x"), builder.value("r"))
    let n = builder.norm(builder.opaque(x), "n", Self.plain)
    let parts = builder.split(builder.concat([r, n]), ["p", "q"], counts: [1, 3])
    _ = builder.mixer(parts[0], "a", from: 1)
    _ = builder.mixer(parts[1], "b", from: 3)
    let plan = try builder.plan()
    #expect(plan.codes == [nil] && Set(plan.targets) == [OperatorID(4), OperatorID(5)])
    #expect(plan.folds.first { $0.linear == OperatorID(5) }?.weights([1, 1, 1, 1, 1, 1]) == [1, 2, 4, 1, 2, 4])
    // The part that the norm has nothing to do with is as it was.
    #expect(plan.folds.first { $0.linear == OperatorID(4) }?.scalesWeight == false)
    try builder.expectSameValues(under: plan, inputs: [x: 2, r: 2])
  }

  @Test func `a value that is joined to itself goes on as both parts`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let r = builder.opaque(x)
    let n = builder.norm(r, "n", Self.plain)
    _ = builder.mixer(builder.concat([n, r, n], counts: [2, 2, 2]), from: 6)
    let plan = try builder.plan()
    #expect(plan.directions == [.forward] && plan.targets == [OperatorID(3)])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `a shift does not go on over a border, a scale does`() throws {
    let reason = DeclineReason(.paddingWithShift, "the Conv behind it has a border")
    for shift in [0.0, 1] {
      var builder = GraphBuilder()
      let x = builder.value("x")
      let numbers = NormNumbers(gamma: [2, 3], beta: [0, shift], mean: [0, 0], variance: [1, 1], epsilon: 0)
      _ = builder.mixer(builder.norm(builder.opaque(x), "n", numbers), shiftRule: .declines(reason))
      if shift == 0 {
        let plan = try builder.plan()
        #expect(plan.directions == [.forward])
        try builder.expectSameValues(under: plan, inputs: [x: 2])
      } else {
        try expectDecline(
          builder, .paddingWithShift, "its input 'r' comes from the Relu 'r/Relu'; the Conv behind it has a border")
      }
    }
  }

  /// A transposed convolution of two taps, `[inputs, outputs, 1, 2]`: `Σ t · W` must be one number at both.
  @Test(
    arguments: [
      ([1, 1, 1, 1], [1, 2], true), ([1, 3, 1, 0], [1, 2], true), ([1, 3, 1, 0], [2, 1], false),
      ([1, 3, 2, 1], [1, 1], false), ([1, 3, 2, 0], [1, 1], true), ([3, 1, 1, 3], [1, 1], true),
      ([1, 2, 3, 4], [0, 0], true),
      ([1, 5, 1, 1], [0, 1], true),
    ] as [([Double], [Double], Bool)])
  func `a shift passes a transposed convolution where all taps give the same`(
    weight: [Double], shifts: [Double], passes: Bool
  ) throws {
    var builder = GraphBuilder()
    let numbers = NormNumbers(gamma: [2, 3], beta: shifts, mean: [0, 0], variance: [1, 1], epsilon: 0)
    let n = builder.norm(builder.opaque(builder.value("x")), "n", numbers)
    let reason = DeclineReason(.shiftNotUniform, "its taps differ")
    let id = builder.constant("w", weight, shape: [2, 1, 1, 2])
    let output = try #require(ChannelMap(pre: 1, groups: 1, mid: 2, perGroup: 1, post: 2))
    _ = builder.linear(
      n, "c",
      LinearOperator(
        weight: id, weightMap: output, bias: .absent(hasSlot: true), outputRank: 4, channelAxis: 1,
        input: LinearInput(
          axis: 1, map: .rows(channels: 2, each: 2), shiftRule: .needsEqualPhases(ofTaps: [0, 1], count: 2, reason))))
    let plan = try builder.plan()
    #expect(plan.codes == [passes ? nil : "shift-not-uniform"])
    let sum = shifts[0] * weight[0] + shifts[1] * weight[2]
    guard passes else { return }
    #expect((plan.folds.first?.bias?.values ?? [0]) == [sum])
    #expect(plan.folds.first?.weights(weight) == [2 * weight[0], 2 * weight[1], 3 * weight[2], 3 * weight[3]])
  }

  @Test(arguments: [0, 2, 3])
  func `declines where the operator behind sums over another axis`(axis: Int) throws {
    var builder = GraphBuilder()
    _ = builder.mixer(builder.norm(builder.opaque(builder.value("x"))), inputAxis: axis)
    try expectDecline(
      builder, .channelAxisDiffers,
      "its input 'r' comes from the Relu 'r/Relu'; "
        + "it scales axis 1 but the Conv 'c/Conv' behind it sums over axis \(axis)")
  }

  @Test func `declines where the operator behind reads another number of channels, or none`() throws {
    var builder = GraphBuilder()
    _ = builder.mixer(builder.norm(builder.opaque(builder.value("x"))), from: 3)
    try expectDecline(
      builder, .channelMismatch,
      "its input 'r' comes from the Relu 'r/Relu'; it has 2 channels but the Conv 'c/Conv' behind it reads 3")
    builder = GraphBuilder()
    _ = builder.mixer(builder.norm(builder.opaque(builder.value("x"))), shiftRule: nil)
    try expectDecline(
      builder, .channelAxisDiffers,
      "its input 'r' comes from the Relu 'r/Relu'; the Conv 'c/Conv' behind it takes nothing in before it")
  }

  @Test(
    arguments: [
      (.graphOutput, "no-linear-producer"), (.captured, "no-linear-producer"), (.kept, "value-pinned"),
    ] as [(FoldValue.Pins, String)])
  func `declines where a value behind it is needed as it is`(pins: FoldValue.Pins, code: String) throws {
    for isOwn in [true, false] {
      var builder = GraphBuilder()
      let n = builder.norm(builder.opaque(builder.value("x")))
      let t = builder.carrier(.sameAxes, n, "t", mixing: [2, 3])
      _ = builder.mixer(t)
      builder.pin(isOwn ? n : t, pins)
      let plan = try builder.plan()
      #expect(plan.codes == [code] && plan.folds.isEmpty && plan.changes.isEmpty)
    }
  }

  /// A graph output before the norm stands in the way backward, not forward.
  @Test func `what keeps the value before it does not keep it from going on`() throws {
    for pins in [FoldValue.Pins.graphOutput, .captured, .kept] {
      var builder = GraphBuilder()
      let x = builder.value("x")
      let c = builder.mixer(x)
      builder.pin(c, pins)
      builder.read(c)
      _ = builder.mixer(builder.norm(c, "n", Self.plain), "d")
      let plan = try builder.plan()
      #expect(plan.directions == [.forward])
      try builder.expectSameValues(under: plan, inputs: [x: 2])
    }
  }

  @Test func `backward is preferred`() throws {
    var builder = GraphBuilder()
    _ = builder.mixer(builder.norm(builder.mixer(builder.value("x"), "a"), "n"), "b")
    let plan = try builder.plan()
    #expect(plan.directions == [.backward] && plan.targets == [OperatorID(0)])
  }

  @Test func `forward is preferred where backward copies a weight and forward does not`() throws {
    for isShared in [true, false] {
      var builder = GraphBuilder()
      let x = builder.value("x")
      let weight = builder.constant("w", [1, 2, 3, 4], shape: [2, 2, 1, 1])
      if isShared { builder.share(weight) }
      _ = builder.mixer(builder.norm(builder.mixer(x, "a", sharing: weight), "n"), "b")
      let plan = try builder.plan()
      #expect(plan.directions == [isShared ? .forward : .backward])
      try builder.expectSameValues(under: plan, inputs: [x: 2])
    }
  }

  @Test func `backward stays where forward copies as much`() throws {
    var builder = GraphBuilder()
    let weight = builder.constant("w", [1, 2, 3, 4], shape: [2, 2, 1, 1])
    builder.share(weight)
    let n = builder.norm(builder.mixer(builder.value("x"), "a", sharing: weight), "n")
    _ = builder.mixer(n, "b", sharing: weight)
    let plan = try builder.plan()
    #expect(plan.directions == [.backward] && plan.folds.count == 1)
  }

  @Test func `an addition that follows holds the shift of an operator without a bias`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let mixed = builder.mixer(builder.norm(x, "n", Self.plain), hasSlot: false)
    _ = builder.addition(mixed)
    let plan = try builder.plan()
    #expect(plan.directions == [.forward] && plan.removed == [OperatorID(0)] && plan.constants.isEmpty)
    #expect(plan.folds.map { $0.bias?.holder } == [.addition(OperatorID(2))])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `one that is not the only reader holds none`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let mixed = builder.mixer(builder.norm(x, "n", Self.plain), hasSlot: false)
    _ = builder.addition(mixed)
    builder.read(mixed)
    let plan = try builder.plan()
    #expect(plan.directions == [.forward] && plan.folds.map { $0.bias?.holder } == [.inserted])
  }
}
