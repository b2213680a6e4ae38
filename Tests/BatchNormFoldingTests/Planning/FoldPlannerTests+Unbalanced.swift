import Tensors
import Testing

@testable import BatchNormFolding

/// Norms that are too steep for half precision: where nothing behind takes a power of two in, what stands before may.
extension FoldPlannerTests {
  /// What a plan does to a graph.
  private struct Effect: Equatable {
    let targets: [OperatorID]
    let norms: [[OperatorID]]
    let weights: [[Double]]
    let biases: [[Double]?]
    let removed: Set<OperatorID>
    let successors: [ValueID: ValueID]
    let changes: [ValueID: ValueChange]

    init(_ plan: FoldPlan, _ builder: GraphBuilder) throws {
      let constants = builder.constants()
      targets = plan.targets
      norms = plan.folds.map(\.norms)
      weights = try plan.folds.map { $0.weights(try constants.elements(of: $0.form.weight)) }
      biases = plan.folds.map { $0.bias?.values }
      (removed, successors, changes) = (plan.removed, plan.successors, plan.changes)
    }
  }

  /// What keeps a power of two from going on.
  enum Obstacle: String, CaseIterable {
    case opaque, output, reader, laterReader, sum, norm, keptWeight, overflow, keptValue, captured
  }

  /// A chain into whose last convolution another norm goes, so that what is undone is more than its absence.
  private static func chain(_ obstacle: Obstacle, refusal: DeclineReason? = nil) -> BalancedChain {
    var chain = BalancedChain(refusal: refusal) { builder, y in
      let r = builder.relu(y)
      switch obstacle {
      case .opaque: return builder.opaque(r, "o", kind: "Sigmoid")
      case .sum: return builder.sum([r, r])
      case .norm: return builder.norm(r, "n", refusal: DeclineReason(.excluded, "left out"))
      case .output: builder.pin(r, .graphOutput)
      case .keptValue: builder.pin(r, .kept)
      case .captured: builder.pin(r, .captured)
      case .reader: builder.read(r)
      case .laterReader, .keptWeight, .overflow: break
      }
      return r
    }
    let weight = chain.builder.constant(
      FoldConstant(
        name: "w", shape: [2, 2, 1, 1], storage: .float16, typeName: "float16", isKept: obstacle == .keptWeight),
      [1, 2, 3, 4])
    let first = chain.builder.mixer(chain.last, "d", sharing: weight)
    if obstacle == .laterReader { chain.builder.read(chain.last) }
    let z = chain.builder.norm(first, "z", plain)
    _ = chain.builder.mixer(chain.builder.identity(z), "e")
    return chain
  }

  @Test(arguments: Obstacle.allCases)
  func `a norm that nothing balances stays, and all else is as if nobody had tried`(obstacle: Obstacle) throws {
    let chain = Self.chain(obstacle)
    let refused = Self.chain(obstacle, refusal: DeclineReason(.excluded, "left out"))
    func plan(_ chain: BalancedChain) throws -> FoldPlan {
      let next = chain.builder.graph.operators.firstIndex { $0.name == "d/Conv" }
      return try chain.plan(overflowing: obstacle == .overflow ? Set(next.map { [OperatorID($0)] } ?? []) : [])
    }
    let (tried, left) = try (plan(chain), plan(refused))
    #expect(tried.codes[0] == "overflows-storage" && left.codes[0] == "excluded")
    #expect(
      tried.reasons[0]?.text == "channel 1 of the weight 'c.weight' would reach 65536.0, past the float16 range")
    #expect(try Effect(tried, chain.builder) == Effect(left, refused.builder))
    #expect(tried.directions.last == (obstacle == .keptWeight ? .forward : .backward))
    try chain.builder.expectSameValues(under: tried, inputs: [chain.x: 2], isExact: true)
  }

  // MARK: - Before

  /// Something that cannot take a power of two in stands behind; before are a convolution and what is between.
  private static func block(
    weight: [Double] = [1, 2, 3, 4], bias: [Double]? = nil, shiftRule: LinearInput.ShiftRule = .passes,
    between: (inout GraphBuilder, ValueID) -> ValueID
  ) -> (builder: GraphBuilder, x: ValueID, activation: ValueID, conv: OperatorID) {
    var builder = GraphBuilder()
    builder.storage = .float16
    let x = builder.value("x")
    let activation = between(&builder, builder.mixer(x, "a", bias: [0.5, 0.25]))
    let conv = OperatorID(builder.graph.operators.count)
    let c = builder.mixer(activation, "c", weight: weight, bias: bias, shiftRule: shiftRule)
    builder.pin(builder.norm(c, "y", steep), .graphOutput)
    return (builder, x, activation, conv)
  }

  @Test(arguments: ["nothing", "rectifier", "max pool", "join"])
  func `the activation before is doubled and the weight halved where nothing behind helps`(between: String) throws {
    let block = Self.block { builder, a in
      switch between {
      case "rectifier": return builder.relu(a)
      case "max pool": return builder.carrier(.sameAxes, a, mixing: [2, 3], scales: .positive)
      case "join":
        let joined = builder.concat([a, builder.mixer(ValueID(0), "b")])
        return builder.split(joined, ["p", "q"], counts: [2, 2])[0]
      default: return a
      }
    }
    let plan = try block.builder.plan(Self.measured(block.conv, in: block.builder))
    #expect(plan.directions == [.backward] && plan.targets.contains(block.conv))
    #expect(plan.folds.count == (between == "join" ? 3 : 2))
    let folds = Dictionary(uniqueKeysWithValues: plan.folds.map { ($0.linear, $0) })
    #expect(folds[block.conv]?.weights([1, 2, 3, 4]) == [0x1p13, 0x1p14, 0x1.8p14, 0x1p15])
    #expect(folds[block.conv]?.bias?.values == [1, -1])
    #expect(folds[OperatorID(0)]?.weights([1, 2, 3, 4]) == [2, 4, 6, 8])
    #expect(folds[OperatorID(0)]?.bias?.values == [1, 0.5])
    #expect(plan.changes[block.activation]?.map?.scale.first == 2)
    try block.builder.expectSameValues(under: plan, inputs: [block.x: 2], isExact: true)
  }

  @Test func `a border of zeros lets a power of two pass, as it has no shift`() throws {
    let block = Self.block(shiftRule: .declines(DeclineReason(.paddingWithShift, "it has a border"))) { $1 }
    let plan = try block.builder.plan(Self.measured(block.conv, in: block.builder))
    #expect(plan.codes == [nil] && plan.folds.count == 2)
    try block.builder.expectSameValues(under: plan, inputs: [block.x: 2], isExact: true)
  }

  @Test func `the activation before stays where something else reads it`() throws {
    var block = Self.block { $0.relu($1) }
    block.builder.read(block.activation)
    let plan = try block.builder.plan(Self.measured(block.conv, in: block.builder))
    #expect(plan.codes == ["overflows-storage"] && plan.folds.isEmpty && plan.changes.isEmpty)
  }
}
