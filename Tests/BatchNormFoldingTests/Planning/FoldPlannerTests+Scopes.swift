import Tensors
import Testing

@testable import BatchNormFolding

/// Norms and operators in different scopes.
extension FoldPlannerTests {
  @Test func `an operator outside takes in a norm inside, and its value gets another name`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let mixed = builder.mixer(x)
    builder.scope = 1
    let norm = builder.norm(mixed, "n", Self.plain)
    builder.read(norm)
    let plan = try builder.plan()
    #expect(plan.directions == [.backward] && plan.removed == [OperatorID(1)] && plan.handedOn.isEmpty)
    #expect(plan.successors == [norm: mixed] && Set(plan.changes.keys) == [mixed])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test(arguments: [FoldValue.Pins.graphOutput, .kept, .captured])
  func `what has to be made inside is handed on there`(pins: FoldValue.Pins) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let mixed = builder.mixer(x)
    builder.scope = 1
    let norm = builder.norm(mixed, "n", Self.plain)
    builder.pin(norm, pins)
    let plan = try builder.plan()
    #expect(plan.directions == [.backward] && plan.removed.isEmpty && plan.handedOn == [OperatorID(1): norm])
    #expect(plan.successors.isEmpty && Set(plan.changes.keys) == [mixed])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `a constant before it goes along, and is what hands it on`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let mixed = builder.mixer(x)
    builder.scope = 1
    let sum = builder.addition(mixed)
    let norm = builder.norm(sum, "n", Self.plain)
    builder.pin(norm, .graphOutput)
    let plan = try builder.plan()
    #expect(plan.removed == [OperatorID(2)] && plan.handedOn == [OperatorID(1): norm])
    #expect(plan.successors == [sum: norm] && plan.constants.map(\.id) == [OperatorID(1)])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `the map of a value is that of all that became one with it`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let mixed = builder.mixer(x)
    builder.scope = 1
    let same = builder.identity(mixed)
    builder.scope = 2
    let norm = builder.norm(
      same, "n", NormNumbers(gamma: [2, 2], beta: [1, 1], mean: [0, 0], variance: [1, 1], epsilon: 0))
    builder.read(norm)
    let plan = try builder.plan()
    #expect(plan.successors == [same: mixed, norm: mixed])
    #expect(plan.changes[mixed]?.map?.scale == [2, 2] && plan.changes[mixed]?.map?.shift == [1, 1])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `an addition inside holds no bias of an operator outside`() throws {
    var builder = GraphBuilder()
    let mixed = builder.mixer(builder.value("x"), hasSlot: false)
    builder.scope = 1
    let norm = builder.norm(builder.addition(mixed), "n", Self.plain)
    builder.read(norm)
    #expect(try builder.plan().folds.map { $0.bias?.holder } == [.inserted])
  }

  @Test func `operators inside take in a norm outside`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let norm = builder.norm(x, "n", Self.plain)
    for scope in [1, 2] {
      builder.scope = scope
      _ = builder.mixer(norm, "c\(scope)")
    }
    let plan = try builder.plan()
    #expect(plan.directions == [.forward] && plan.folds.count == 2)
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `a reader inside that takes nothing in is named`() throws {
    var builder = GraphBuilder()
    let norm = builder.norm(builder.value("x"), "n", Self.plain)
    builder.scope = 1
    _ = builder.mixer(norm)
    builder.readForeign(norm)
    #expect(try builder.plan().reasons[0]?.text.contains("'n' behind it is read inside a subgraph") == true)
  }

  @Test func `an operator that scopes read with different norms keeps its value`() throws {
    var builder = GraphBuilder()
    let mixed = builder.mixer(builder.value("x"))
    for scope in [1, 2] {
      builder.scope = scope
      builder.read(builder.norm(mixed, "n\(scope)", Self.plain))
    }
    #expect(try builder.plan().codes == ["activation-captured", "activation-captured"])
  }

  @Test func `a map passes what hands the values of a body on`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    builder.scope = 1
    let (mixed, other) = (builder.mixer(x, "c"), builder.opaque(x, "o"))
    builder.scope = 0
    let handed = builder.passage([other, mixed], ["z", "y"])
    let norm = builder.norm(handed[1], "n", Self.plain)
    let plan = try builder.plan()
    #expect(plan.directions == [.backward] && plan.removed == [OperatorID(3)])
    #expect(plan.successors == [handed[1]: norm] && Set(plan.changes.keys) == [mixed])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `it passes forward too`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    builder.scope = 1
    let source = builder.opaque(x, "o")
    let norm = builder.norm(source, "n", Self.plain)
    builder.scope = 0
    let handed = builder.passage([norm], ["z"])
    _ = builder.mixer(handed[0])
    let plan = try builder.plan()
    #expect(plan.directions == [.forward] && plan.removed == [OperatorID(1)] && plan.handedOn.isEmpty)
    #expect(plan.successors == [norm: source] && Set(plan.changes.keys) == [handed[0]])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `what a body hands out of a value outside it hands on`() throws {
    var builder = GraphBuilder()
    let x = builder.opaque(builder.value("x"), "o")
    builder.readForeign(x)
    builder.scope = 1
    let norm = builder.norm(x, "n", Self.plain)
    builder.scope = 0
    let handed = builder.passage([norm], ["z"])
    _ = builder.mixer(handed[0])
    let plan = try builder.plan()
    #expect(plan.directions == [.forward] && plan.removed.isEmpty && plan.handedOn == [OperatorID(1): norm])
    #expect(plan.successors.isEmpty && Set(plan.changes.keys) == [norm, handed[0]])
    try builder.expectSameValues(under: plan, inputs: [ValueID(0): 2])
  }

  @Test func `a norm that never runs hands on what it read, under another name`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    builder.scope = 1
    let norm = builder.norm(x, "n", Self.plain)
    builder.handOut(norm)
    builder.idle(OperatorID(0))
    let plan = try builder.plan()
    #expect(plan.handedOn == [OperatorID(0): norm] && plan.changes[norm]?.map == nil && !plan.isEmpty)
    #expect(Set(plan.changes.keys) == [norm])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `a map passes the call of a function, whose own values it renames`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let mixed = builder.mixer(x)
    let (inner, made) = builder.function(taking: mixed) { builder, inner in
      builder.norm(builder.addition(inner), "n", Self.plain)
    }
    let plan = try builder.plan()
    #expect(plan.directions == [.backward] && plan.handedOn.values.map { $0 } == [made.inner])
    #expect(Set(plan.changes.keys) == [mixed, inner])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `a norm outside goes into an operator of a function, forward and backward`() throws {
    for isBehind in [true, false] {
      var builder = GraphBuilder()
      let x = builder.opaque(builder.value("x"))
      let (_, made) = builder.function(taking: isBehind ? x : builder.norm(x, "n", Self.plain)) { builder, inner in
        builder.mixer(inner, "c")
      }
      if isBehind { _ = builder.norm(made.outer, "n", Self.plain) }
      let plan = try builder.plan()
      #expect(plan.directions == [isBehind ? .backward : .forward] && plan.handedOn.isEmpty)
      try builder.expectSameValues(under: plan, inputs: [ValueID(0): 2])
    }
  }
}
