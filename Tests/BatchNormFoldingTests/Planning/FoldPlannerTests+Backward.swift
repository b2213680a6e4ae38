import Tensors
import Testing

@testable import BatchNormFolding

/// Norms that move through operators to several before them.
extension FoldPlannerTests {
  /// Scales of 2 and 4, shifts of 1 and −1.
  static let plain = NormNumbers(gamma: [2, 4], beta: [1, -1], mean: [0, 0], variance: [1, 1], epsilon: 0)

  @Test func `a norm goes back through what keeps its channels, whose outputs then have other contents`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let c = builder.mixer(x)
    let t = builder.carrier(.sameAxes, c, "t", mixing: [2, 3])
    let y = builder.norm(t, "y", Self.plain)
    let plan = try builder.plan()
    #expect(plan.directions == [.backward] && plan.through == [[OperatorID(1)]] && plan.targets == [OperatorID(0)])
    #expect(plan.successors == [t: y] && plan.removed == [OperatorID(2)])
    #expect(plan.changes.keys.map(\.self) == [c])
    #expect(plan.changes[c]?.map == ValueChange.Map(view: .axis(1, count: 2), scale: [2, 4], shift: [1, -1]))
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `a norm stays behind an output of which its operator's role says nothing`() throws {
    var builder = GraphBuilder()
    let c = builder.mixer(builder.value("x"))
    _ = builder.carrier(.sameAxes, c, "t", kind: "MaxPool", scales: .positive, outputs: ["place"])
    let places = builder.graph.operators[builder.graph.operators.count - 1].outputs[1]
    _ = builder.norm(places, "y", Self.plain)
    let plan = try builder.plan()
    #expect(plan.codes == ["no-linear-producer"])
    #expect(plan.folds.isEmpty && plan.removed.isEmpty)
  }

  @Test func `each branch of a join takes its part, and all must`() throws {
    var builder = GraphBuilder()
    let (x, r) = (builder.value("x"), builder.value("r"))
    let four = NormNumbers(
      gamma: [2, 3, 4, 5], beta: [1, 2, 3, 4], mean: [0, 0, 0, 0], variance: [1, 1, 1, 1], epsilon: 0)
    let joined = builder.concat([builder.mixer(x, "a"), builder.mixer(x, "b")])
    _ = builder.norm(joined, "y", four)
    let plan = try builder.plan()
    #expect(plan.codes == [nil] && Set(plan.targets) == [OperatorID(0), OperatorID(1)])
    #expect(plan.moves.map { $0?.folds.count } == [2])
    #expect(plan.folds.first { $0.linear == OperatorID(1) }?.bias?.values == [3, 4])
    try builder.expectSameValues(under: plan, inputs: [x: 2])

    builder = GraphBuilder()
    _ = builder.value("x")
    let one = builder.concat([builder.mixer(x, "a"), builder.opaque(r)])
    _ = builder.norm(one, "y", four)
    try expectDecline(builder, .noLinearProducer, "its input 'r' comes from the Relu 'r/Relu'")
  }

  @Test func `a part of a split goes back into its channels of the whole`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let parts = builder.split(builder.mixer(x, "c", to: 4), ["p"], counts: [4])
    let half = builder.carrier(.selection(axis: 1, positions: [2, 3], count: 4), parts[0], "h")
    _ = builder.norm(half, "y", Self.plain)
    let plan = try builder.plan()
    let fold = try #require(plan.folds.first)
    #expect(plan.codes == [nil] && plan.through == [[OperatorID(1), OperatorID(2)]])
    #expect(fold.weights(Array(repeating: 1, count: 8)) == [1, 1, 1, 1, 2, 2, 4, 4])
    #expect(fold.bias?.values == [0, 0, 1, -1])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  /// The channels that a norm leaves alone keep their numbers, so that other parts may be read by anybody.
  @Test func `two parts of a split go back one after the other`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let parts = builder.split(builder.mixer(x, "c", to: 4), ["p", "q"], counts: [2, 2])
    _ = builder.norm(parts[0], "y", Self.plain)
    builder.read(parts[1])
    let plan = try builder.plan()
    #expect(plan.codes == [nil])
    #expect(plan.folds.first?.bias?.values == [1, -1, 0, 0])
    _ = builder.norm(parts[1], "z", Self.plain)
    #expect(try builder.plan().codes == [nil, "activation-shared"])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test(arguments: [false, true])
  func `all branches of a sum are scaled and one is shifted`(isDifference: Bool) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let sum = builder.sum([builder.mixer(x, "a"), builder.mixer(x, "b")], isDifference: isDifference)
    _ = builder.norm(sum, "y", Self.plain)
    let plan = try builder.plan()
    #expect(plan.codes == [nil] && plan.folds.count == 2)
    #expect(plan.folds.count { $0.bias != nil } == 1)
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test(arguments: [true, false], [true, false])
  func `the branch that can take the shift does`(isFirst: Bool, isDifference: Bool) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let reason = DeclineReason(.paddingWithShift, "it counts a border")
    let strict = builder.carrier(.sameAxes, builder.mixer(x, "a"), "t", mixing: [2, 3], shiftObstacle: reason)
    let other = builder.mixer(x, "b")
    let sum = builder.sum(isFirst ? [strict, other] : [other, strict], isDifference: isDifference)
    _ = builder.norm(sum, "y", Self.plain)
    let plan = try builder.plan()
    #expect(plan.codes == [nil])
    #expect(plan.folds.filter { $0.bias != nil }.map(\.linear) == [OperatorID(2)])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test(arguments: [true, false])
  func `the branch that holds a bias has the shift rather than one that needs an addition`(isFirst: Bool) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let branches = [builder.mixer(x, "a", hasSlot: !isFirst), builder.mixer(x, "b", hasSlot: isFirst)]
    _ = builder.norm(builder.sum(branches), "y", Self.plain)
    let plan = try builder.plan()
    #expect(plan.folds.compactMap(\.bias?.holder) == [.linear])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `declines where a branch is broadcast along the channels`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let wide: [Dimension] = [.symbol(0), .size(2), .symbol(1), .symbol(2)]
    let sum = builder.sum(
      [builder.mixer(x, "a"), builder.mixer(x, "b", to: 1)],
      shapes: [wide, [.symbol(0), .size(1), .unknown, .unknown]])
    _ = builder.norm(sum, "y", Self.plain)
    try expectDecline(builder, .channelAxisDiffers, "the Sum 's/Sum' beside it does not keep its channels apart")
  }

  @Test(
    arguments: [
      ([2, 4], true, nil, ""), ([2, 0], true, nil, ""), ([2, -4], true, 1, "at least 0"),
      ([2, 0], false, 1, "above 0"),
    ] as [([Double], Bool, Int?, String)])
  func `where the largest is taken scales must not turn the order round`(
    gamma: [Double], isPlaceUnread: Bool, channel: Int?, wanted: String
  ) throws {
    var builder = GraphBuilder()
    let pool = builder.carrier(
      .sameAxes, builder.mixer(builder.value("x")), "t", kind: "MaxPool", mixing: [2, 3], scales: .positive,
      outputs: ["place"])
    if !isPlaceUnread { builder.read(ValueID(pool.index + 1)) }
    _ = builder.norm(pool, "y", NormNumbers(gamma: gamma, beta: [1, 1], mean: [0, 0], variance: [1, 1], epsilon: 0))
    guard let channel else { return #expect(try builder.plan().codes == [nil]) }
    try expectDecline(
      builder, .noLinearProducer,
      "the MaxPool 't/MaxPool' beside it lets only scales pass that are \(wanted), and that of channel \(channel) is not"
    )
  }

  /// Each of two norms turns the order of one channel round, both together of none.
  @Test func `norms that cannot go alone go together`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let pool = builder.carrier(.sameAxes, builder.mixer(x), "t", mixing: [2, 3], scales: .notNegative)
    let turn = NormNumbers(gamma: [-2, -3], beta: [1, 2], mean: [0.5, 0], variance: [1, 1], epsilon: 0)
    _ = builder.norm(builder.norm(pool, "n", turn), "y", turn)
    let plan = try builder.plan()
    #expect(plan.directions == [.backward, .backward] && plan.folds.map(\.norms) == [[OperatorID(2), OperatorID(3)]])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `a shift does not pass a border that counts`() throws {
    let reason = DeclineReason(.paddingWithShift, "it counts a border")
    for shifts in [[0, 0.0], [0, 1]] {
      var builder = GraphBuilder()
      let x = builder.value("x")
      let pool = builder.carrier(.sameAxes, builder.mixer(x), mixing: [2, 3], shiftObstacle: reason)
      _ = builder.norm(
        pool, "y", NormNumbers(gamma: [2, 3], beta: shifts, mean: [0, 0], variance: [1, 1], epsilon: 0))
      if shifts[1] == 0 {
        let plan = try builder.plan()
        #expect(plan.codes == [nil])
        try builder.expectSameValues(under: plan, inputs: [x: 2])
      } else {
        try expectDecline(builder, .paddingWithShift, "it counts a border")
      }
    }
  }

  @Test func `declines where an operator mixes the channels`() throws {
    var builder = GraphBuilder()
    let mixed = builder.carrier(.sameAxes, builder.mixer(builder.value("x")), "t", kind: "Resize", mixing: [1])
    _ = builder.norm(mixed)
    try expectDecline(builder, .channelAxisDiffers, "the Resize 't/Resize' beside it does not keep its channels apart")
  }

  @Test(arguments: [FoldValue.Pins.graphOutput, .captured, .kept])
  func `declines where a value on the way is needed as it is`(pins: FoldValue.Pins) throws {
    var builder = GraphBuilder()
    let c = builder.mixer(builder.value("x"))
    _ = builder.norm(builder.carrier(.sameAxes, c, mixing: [2, 3]))
    builder.pin(c, pins)
    #expect(try builder.plan().codes.compactMap(\.self).count == 1)
    #expect(try builder.plan().folds.isEmpty && builder.plan().changes.isEmpty)
  }

  @Test func `what several norms change is changed by all of them`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let c = builder.mixer(x)
    let t = builder.carrier(.sameAxes, c, "t", mixing: [2, 3])
    let s = builder.carrier(.sameAxes, builder.norm(t, "n", Self.plain), "s", mixing: [2, 3])
    _ = builder.norm(s, "y", Self.plain)
    let plan = try builder.plan()
    #expect(plan.codes == [nil, nil])
    #expect(plan.changes[c]?.map == ValueChange.Map(view: .axis(1, count: 2), scale: [4, 16], shift: [3, -5]))
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }
}
