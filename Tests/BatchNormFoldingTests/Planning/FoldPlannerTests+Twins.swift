import Tensors
import Testing

@testable import BatchNormFolding

/// Norms that do the same to one value.
extension FoldPlannerTests {
  @Test func `norms that do the same go back together`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let c = builder.mixer(x)
    let (n, m) = (builder.norm(c, "n", Self.plain), builder.norm(c, "m", Self.plain))
    _ = (builder.opaque(n, "p"), builder.opaque(m, "q", kind: "Sigmoid"))
    let plan = try builder.plan()
    #expect(plan.directions == [.backward, .backward] && plan.targets == [OperatorID(0)])
    #expect(plan.moves.map { $0?.twin } == [nil, nil] && plan.moves.map { $0?.folds } == [[0], [0]])
    #expect(plan.removed == [OperatorID(1), OperatorID(2)])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `where nothing takes them in, one does for all`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let names = ["k", "m", "n"]
    let norms = names.map { builder.norm(x, $0, Self.plain) }
    for (norm, name) in zip(norms, ["p", "q", "r"]) { _ = builder.opaque(norm, name) }
    let plan = try builder.plan()
    #expect(plan.codes == ["no-linear-producer", nil, nil] && plan.folds.isEmpty)
    #expect(plan.directions == [nil, .merged, .merged])
    #expect(plan.moves.map { $0?.twin } == [nil, OperatorID(0), OperatorID(0)])
    #expect(plan.successors == [norms[1]: norms[0], norms[2]: norms[0]])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  /// The caller finds each output by its name.
  @Test func `the name that has to stay does`() throws {
    for pinned in [[0], [1], [0, 1]] {
      var builder = GraphBuilder()
      let x = builder.value("x")
      let norms = ["m", "n"].map { builder.norm(x, $0, Self.plain) }
      for (norm, name) in zip(norms, ["p", "q"]) { _ = builder.opaque(norm, name) }
      for index in pinned { builder.pin(norms[index], .graphOutput) }
      let plan = try builder.plan()
      #expect(plan.codes.count { $0 == nil } == (pinned.count == 1 ? 1 : 0))
      #expect(plan.successors == (pinned == [0] ? [norms[1]: norms[0]] : pinned == [1] ? [norms[0]: norms[1]] : [:]))
      try builder.expectSameValues(under: plan, inputs: [x: 2])
    }
  }

  @Test func `other norms of the value stay, and so do those in other subgraphs`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    _ = builder.opaque(builder.norm(x, "m", Self.plain), "p")
    _ = builder.opaque(builder.norm(x, "n", Self.doubling), "q")
    #expect(try builder.plan().codes == ["no-linear-producer", "no-linear-producer"])

    var inside = GraphBuilder()
    let y = inside.value("y")
    for (scope, name, made) in [(1, "m", "p"), (2, "n", "q")] {
      inside.scope = scope
      _ = inside.opaque(inside.norm(y, name, Self.plain), made)
    }
    #expect(try inside.plan().codes == ["no-linear-producer", "no-linear-producer"])
  }

  @Test func `are found where an operator hands the value on to both`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let same = builder.identity(builder.mixer(x))
    for (name, made) in [("m", "p"), ("n", "q")] { _ = builder.opaque(builder.norm(same, name, Self.plain), made) }
    let plan = try builder.plan()
    #expect(plan.directions == [.backward, .backward] && plan.removed.count == 3)
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  /// In a subgraph an operator may hand on what another one does in the next.
  @Test(arguments: [[0, 0], [1, 1], [1, 2]]) func `are found behind operators that hand the value on`(
    scopes: [Int]
  ) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let c = builder.mixer(x)
    for (scope, (name, made)) in zip(scopes, [("m", "p"), ("n", "q")]) {
      builder.scope = scope
      _ = builder.opaque(builder.norm(builder.identity(c, "\(name).input"), name, Self.plain), made)
    }
    let plan = try builder.plan()
    let areApart = scopes == [1, 2]
    #expect(plan.directions == (areApart ? [nil, nil] : [.backward, .backward]))
    if !areApart { #expect(plan.removed.count == 4) }
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `both go beside an operator rather than one into the other`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let r = builder.opaque(x)
    let c = builder.mixer(r, "c", hasIdentity: true)
    let sum = builder.sum([c, builder.norm(r, "m", Self.plain)])
    _ = builder.sum([sum, builder.norm(r, "n", Self.plain)], "z")
    let plan = try builder.plan()
    #expect(plan.directions == [.sideways, .sideways])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test func `one that does for both goes forward into all that read either`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let r = builder.opaque(x)
    for (name, made) in [("m", "c"), ("n", "d")] { _ = builder.mixer(builder.norm(r, name, Self.plain), made) }
    _ = builder.opaque(r, "s")
    let plan = try builder.plan()
    #expect(plan.directions == [.forward, .forward] && plan.targets.count == 2)
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }
}
