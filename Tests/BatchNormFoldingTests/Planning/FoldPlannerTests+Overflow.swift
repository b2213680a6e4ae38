import Tensors
import Testing

@testable import BatchNormFolding

/// Folds that no number of the storage type could hold.
extension FoldPlannerTests {
  private static let conv = OperatorID(0)

  @Test(arguments: [(StorageType.float16, 100.0), (.bfloat16, 0x1p120), (.float32, 0x1p120)])
  func `declines where a weight is known to overflow`(storage: StorageType, gamma: Double) throws {
    let format = NumberFormat(storage)
    let largest = format.largest / gamma * 2
    var builder = GraphBuilder()
    builder.storage = storage
    let numbers = NormNumbers(gamma: [1, gamma], beta: [0, 0], mean: [0, 0], variance: [1, 1], epsilon: 0)
    _ = builder.norm(builder.conv(builder.value("x")), "y", numbers)
    #expect(try builder.plan().codes == [nil])
    #expect(try builder.plan(magnitudes([largest, 1])).codes == [nil])
    try expectDecline(
      builder, .overflowsStorage,
      "channel 1 of the weight 'c.weight' would reach \(largest * gamma), past the \(storage) range",
      magnitudes([1, largest]))
  }

  @Test func `folds up to half a last place above the largest number and no further`() throws {
    var builder = GraphBuilder()
    builder.storage = .float16
    let numbers = NormNumbers(gamma: [1, 3], beta: [0, 0], mean: [0, 0], variance: [1, 1], epsilon: 0)
    _ = builder.norm(builder.conv(builder.value("x")), "y", numbers)
    // 3 · 21840 = 65520, from where on float16 rounds to infinity.
    #expect(try builder.plan(magnitudes([1, 21839])).codes == [nil])
    #expect(try builder.plan(magnitudes([1, 21840])).codes == ["overflows-storage"])
  }

  @Test func `takes the operator's factor into account`() throws {
    var builder = GraphBuilder()
    builder.storage = .float16
    let numbers = NormNumbers(gamma: [2, 2], beta: [0, 0], mean: [0, 0], variance: [1, 1], epsilon: 0)
    _ = builder.norm(builder.conv(builder.value("x"), weightFactor: 0.25), "y", numbers)
    #expect(try builder.plan(magnitudes([60000, 60000])).codes == [nil])
  }

  @Test func `declines a weight with elements that are not finite`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.conv(builder.value("x")))
    var magnitudes = ChannelMagnitudes(channels: 2)
    magnitudes.observe([Float.infinity, 1].span, from: 0, map: .rows(channels: 2, each: 1))
    var options = PlanOptions()
    options.magnitudes[Self.conv] = magnitudes
    try expectDecline(
      builder, .overflowsStorage, "the weight 'c.weight' holds elements that are not finite", options)
  }

  @Test(arguments: [(StorageType.float16, 60000.0), (.float32, 3e38), (.float64, 1e308)])
  func `declines where a bias overflows`(storage: StorageType, beta: Double) throws {
    var builder = GraphBuilder()
    builder.storage = storage
    let large = NumberFormat(storage).near(beta)
    let numbers = NormNumbers(gamma: [1, 1], beta: [0, large], mean: [0, 0], variance: [1, 1], epsilon: 0)
    _ = builder.norm(builder.conv(builder.value("x"), bias: [0, large]), "y", numbers)
    try expectDecline(
      builder, .overflowsStorage, "the bias of channel 1 would be past the \(storage) range")
  }

  @Test(arguments: [Double.infinity, .nan])
  func `declines where a bias is not finite`(value: Double) throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.conv(builder.value("x"), bias: [1, value]))
    try expectDecline(
      builder, .overflowsStorage, "the bias of channel 1 would be past the float32 range")
  }

  @Test func `declines where a later row of a bias overflows`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let weight = builder.constant("w", [1], shape: [1, 1])
    let bias = builder.constant("b", [1, 3e38], shape: [2, 1])
    let layout = BiasLayout(rows: 2, isPerChannel: true)
    let g = builder.linear(
      x, "g",
      LinearOperator(
        weight: weight, weightMap: .rows(channels: 1, each: 1), bias: .constant(bias, layout: layout, factor: 1),
        outputRank: 2, channelAxis: 1))
    let numbers = NormNumbers(gamma: [2], beta: [0], mean: [0], variance: [1], epsilon: 0)
    _ = builder.norm(g, "y", numbers)
    try expectDecline(
      builder, .overflowsStorage, "the bias of channel 0 would be past the float32 range")
  }

  @Test func `declines where the scale itself is not finite`() throws {
    var builder = GraphBuilder()
    builder.storage = .float64
    let numbers = NormNumbers(
      gamma: [1, 0x1p1000], beta: [0, 0], mean: [0, 0], variance: [1, 1], epsilon: 0)
    _ = builder.norm(builder.conv(builder.value("x"), weightFactor: 0x1p30), "y", numbers)
    try expectDecline(builder, .overflowsStorage, "the scale of channel 1 is not finite")
  }

  @Test func `a second norm that would overflow stays while the first one folds`() throws {
    var builder = GraphBuilder()
    builder.storage = .float16
    let large = NormNumbers(gamma: [300, 300], beta: [0, 0], mean: [0, 0], variance: [1, 1], epsilon: 0)
    let first = builder.norm(builder.conv(builder.value("x")), "n", large)
    _ = builder.norm(first, "y", large)
    #expect(try builder.plan().codes == [nil, nil])
    let plan = try builder.plan(magnitudes([1, 1]))
    #expect(plan.codes == [nil, "overflows-storage"])
    #expect(plan.folds.map(\.norms) == [[OperatorID(1)]])
    #expect(plan.output(of: Self.conv, in: builder) == first)
  }

  private func magnitudes(_ values: [Double]) -> PlanOptions {
    var magnitudes = ChannelMagnitudes(channels: values.count)
    magnitudes.observe(values.span, from: 0, map: .rows(channels: values.count, each: 1))
    var options = PlanOptions()
    options.magnitudes[Self.conv] = magnitudes
    return options
  }
}
