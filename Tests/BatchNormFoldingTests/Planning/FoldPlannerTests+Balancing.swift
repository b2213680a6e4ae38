import Tensors
import Testing

@testable import BatchNormFolding

/// Norms that half precision holds only if a power of two moves on, or comes from before.
extension FoldPlannerTests {
  /// Weights of 1 to 4 times 2¹⁴ are past float16, half of them are not.
  static let steep = NormNumbers(
    gamma: [0x1p14, 0x1p14], beta: [1, -1], mean: [0, 0], variance: [1, 1], epsilon: 0)

  /// `conv(x)`, a norm that is too steep, and what is between it and the next convolution.
  struct BalancedChain {
    var builder = GraphBuilder()
    let x: ValueID
    let y: ValueID
    private(set) var last: ValueID

    init(
      _ numbers: NormNumbers = steep, weight: [Double] = [1, 2, 3, 4], storage: StorageType = .float16,
      refusal: DeclineReason? = nil, between: (inout GraphBuilder, ValueID) -> ValueID
    ) {
      builder.storage = storage
      x = builder.value("x")
      y = builder.norm(builder.mixer(x, "c", weight: weight), "y", numbers, refusal: refusal)
      last = between(&builder, y)
    }

    mutating func end(_ weight: [Double] = [1, 2, 3, 4]) { last = builder.mixer(last, "d", weight: weight) }

    /// The plan with the largest elements of the first convolution's weight known.
    func plan(overflowing: Set<OperatorID> = []) throws -> FoldPlan {
      try builder.plan(measured(OperatorID(0), in: builder, overflowing: overflowing))
    }
  }

  static func measured(
    _ id: OperatorID, in builder: GraphBuilder, overflowing: Set<OperatorID> = []
  ) -> PlanOptions {
    guard let linear = builder.graph[id].linear else { preconditionFailure("only what has a weight is measured") }
    var magnitudes = ChannelMagnitudes(channels: linear.channels)
    let weight = (try? builder.constants().elements(of: linear.weight)) ?? []
    magnitudes.observe(weight.span, from: 0, map: linear.weightMap)
    var options = PlanOptions()
    options.magnitudes[id] = magnitudes
    options.overflowing = overflowing
    return options
  }

  // MARK: - Behind

  @Test func `a weight that would overflow is halved, and the next operator's doubled`() throws {
    var chain = BalancedChain { $0.relu($1) }
    chain.end()
    let plan = try chain.plan()
    #expect(plan.directions == [.backward] && plan.through == [[OperatorID(2)]])
    #expect(plan.targets == [OperatorID(0), OperatorID(3)] && plan.removed == [OperatorID(1)])
    #expect(plan.folds[0].weights([1, 2, 3, 4]) == [0x1p13, 0x1p14, 0x1.8p14, 0x1p15])
    #expect(plan.folds[0].bias?.values == [0.5, -0.5])
    #expect(plan.folds[1].weights([1, 2, 3, 4]) == [2, 4, 6, 8] && plan.folds[1].bias == nil)
    try chain.builder.expectSameValues(under: plan, inputs: [chain.x: 2], isExact: true)
  }

  @Test func `values between are half of what their names stood for`() throws {
    var chain = BalancedChain { $0.relu($1) }
    let r = chain.last
    chain.end()
    let plan = try chain.plan()
    #expect(Set(plan.changes.keys) == [chain.y, r])
    for value in [chain.y, r] {
      #expect(plan.changes[value]?.map == ValueChange.Map(view: .uniform, scale: [0.5], shift: [0]))
    }
  }

  /// 4 · 2¹⁴ · 2ⁿ, of which 2¹⁵ is the largest power of two that float16 holds.
  @Test(arguments: [(0, 0x1p12, 0), (0, 0x1p14, 1), (1, 0x1p14, 2), (1, 0x1p15, 3), (8, 0x1p14, 9), (13, 0x1p15, 15)])
  func `the power of two is the least that does`(weightExponent: Int, gamma: Double, exponent: Int) throws {
    let weight = [1.0, 2, 3, 4].map { $0 * Double(sign: .plus, exponent: weightExponent, significand: 1) }
    let numbers = NormNumbers(gamma: [gamma, gamma], beta: [1, -1], mean: [0, 0], variance: [1, 1], epsilon: 0)
    var chain = BalancedChain(numbers, weight: weight) { $0.relu($1) }
    chain.end([0.25, 0.5, 0.75, 1])
    let plan = try chain.plan()
    let factor = Double(sign: .plus, exponent: exponent, significand: 1)
    #expect(plan.codes == [nil] && plan.folds.first?.weights(weight) == weight.map { $0 * gamma / factor })
    #expect(plan.folds.count == (exponent == 0 ? 1 : 2))
    if exponent > 0 { #expect(plan.folds.last?.weights([1, 1, 1, 1]) == Array(repeating: factor, count: 4)) }
    try chain.builder.expectSameValues(under: plan, inputs: [chain.x: 2], isExact: true)
  }

  @Test func `stays where the largest power of two is too small`() throws {
    let numbers = NormNumbers(gamma: [65504, 65504], beta: [1, -1], mean: [0, 0], variance: [1, 1], epsilon: 0)
    for (weight, code) in [(32752.0, nil), (60000, "overflows-storage")] {
      var chain = BalancedChain(numbers, weight: [weight, 1, 1, 1]) { $0.relu($1) }
      chain.end()
      #expect(try chain.plan().codes == [code])
    }
  }

  @Test(arguments: ["nothing", "max pool", "mean", "identity", "two rectifiers", "both"])
  func `the power of two passes what positive scales pass`(between: String) throws {
    var chain = BalancedChain { builder, y in
      switch between {
      case "max pool": return builder.carrier(.sameAxes, y, "t", kind: "MaxPool", mixing: [2, 3], scales: .positive)
      case "mean": return builder.carrier(.sameAxes, y, "t", mixing: [2, 3])
      case "identity": return builder.identity(y)
      case "two rectifiers": return builder.relu(builder.relu(y, "r"), "s")
      case "both": return builder.carrier(.sameAxes, builder.relu(y), mixing: [2, 3], scales: .positive)
      default: return y
      }
    }
    chain.end()
    let plan = try chain.plan()
    #expect(plan.directions == [.backward] && plan.folds.count == 2)
    #expect(plan.folds[0].weights([1, 2, 3, 4]) == [0x1p13, 0x1p14, 0x1.8p14, 0x1p15])
    try chain.builder.expectSameValues(under: plan, inputs: [chain.x: 2], isExact: true)
  }

  @Test func `the place of the largest may be read, as a power of two does not move it`() throws {
    var chain = BalancedChain {
      $0.carrier(.sameAxes, $1, "t", kind: "MaxPool", mixing: [2, 3], scales: .positive, outputs: ["place"])
    }
    chain.builder.read(ValueID(chain.last.index + 1))
    chain.end()
    #expect(try chain.plan().targets == [OperatorID(0), OperatorID(4)])
  }

  @Test func `all that read the output take the power of two in`() throws {
    var chain = BalancedChain { $0.relu($1) }
    let r = chain.last
    chain.end()
    _ = chain.builder.mixer(r, "e", weight: [5, 6, 7, 8], bias: [1, 2])
    let plan = try chain.plan()
    #expect(plan.targets == [OperatorID(0), OperatorID(3), OperatorID(4)])
    #expect(plan.folds[2].weights([5, 6, 7, 8]) == [10, 12, 14, 16] && plan.folds[2].bias?.values == [1, 2])
    try chain.builder.expectSameValues(under: plan, inputs: [chain.x: 2], isExact: true)
  }

  @Test func `a bias alone that would overflow is halved too, though nobody looked at the weight`() throws {
    let numbers = NormNumbers(gamma: [1, 1], beta: [0, 60000], mean: [0, -60000], variance: [1, 1], epsilon: 0)
    var chain = BalancedChain(numbers) { $0.relu($1) }
    chain.end()
    let plan = try chain.builder.plan()
    #expect(plan.folds.map(\.linear) == [OperatorID(0), OperatorID(3)] && plan.folds[0].bias?.values == [0, 60000])
    try chain.builder.expectSameValues(under: plan, inputs: [chain.x: 2], isExact: true)
  }

  @Test(arguments: [StorageType.float16, .bfloat16, .float32])
  func `folds of every type that overflow are balanced`(storage: StorageType) throws {
    let top = NumberFormat(storage).largest.exponent
    let gamma = Double(sign: .plus, exponent: Int(top) - 1, significand: 1)
    let numbers = NormNumbers(gamma: [gamma, gamma], beta: [0, 0], mean: [0, 0], variance: [1, 1], epsilon: 0)
    var chain = BalancedChain(numbers, storage: storage) { $0.relu($1) }
    chain.end()
    let plan = try chain.plan()
    #expect(plan.codes == [nil] && plan.folds.count == 2)
    try chain.builder.expectSameValues(under: plan, inputs: [chain.x: 2], isExact: true)
  }
}
