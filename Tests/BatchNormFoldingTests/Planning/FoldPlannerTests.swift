import Tensors
import Testing

@testable import BatchNormFolding

/// What folds, and into what.
@Suite struct FoldPlannerTests {
  /// With the default numbers the scales are 2/√(3+1) = 1 and 3/√(8+1) = 1.
  private static let scaling = NormNumbers(gamma: [4, 6])

  @Test func `folds a norm into the linear operator before it`() throws {
    var builder = GraphBuilder()
    let y = builder.norm(builder.conv(builder.value("x"), bias: [5, 6]), "y", Self.scaling)
    let plan = try builder.plan()
    let fold = try #require(plan.folds.first)
    #expect(plan.codes == [nil])
    #expect(fold.linear == OperatorID(0))
    #expect(fold.norms == [OperatorID(1)])
    #expect(plan.removed == [OperatorID(1)] && plan.directions == [.backward])
    #expect(plan.output(of: fold.linear, in: builder) == y)
    #expect(fold.scalesWeight)
    #expect(fold.bias?.holder == .linear)
    #expect(fold.bias?.rows == 1)
    // (5 − 1) · 2 + 0.5, (6 + 1) · 2 − 0.5.
    #expect(fold.bias?.values == [8.5, 13.5])
    #expect((0..<2).map { fold.arithmetic.weight(3, channel: $0) } == [6, 6])
  }

  @Test(arguments: [StorageType.float16, .bfloat16, .float32, .float64])
  func `folds in every storage type`(storage: StorageType) throws {
    var builder = GraphBuilder()
    builder.storage = storage
    _ = builder.norm(builder.conv(builder.value("x")))
    let fold = try #require(try builder.plan().folds.first)
    #expect(fold.arithmetic.storage == storage)
  }

  @Test func `says that no weight changes where every scale is 1`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.conv(builder.value("x")))
    let fold = try #require(try builder.plan().folds.first)
    #expect(!fold.scalesWeight)
    #expect(fold.bias?.values == [-0.5, 0.5])
  }

  @Test func `an operator without a bias but with a slot for one takes the new bias`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.conv(builder.value("x"), hasSlot: true))
    #expect(try builder.plan().folds.first?.bias?.holder == .linear)
  }

  @Test func `a bias that no operator can hold is added by an addition that has to be made`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.conv(builder.value("x"), hasSlot: false))
    #expect(try builder.plan().folds.first?.bias?.holder == .inserted)
  }

  @Test(arguments: [true, false])
  func `needs no bias where all of it is 0`(hasSlot: Bool) throws {
    var builder = GraphBuilder()
    let numbers = NormNumbers(beta: [0, 0], mean: [0, 0])
    _ = builder.norm(builder.conv(builder.value("x"), hasSlot: hasSlot), "y", numbers)
    #expect(try #require(try builder.plan().folds.first).bias == nil)
  }

  @Test func `an operator keeps its bias though all of it becomes 0`() throws {
    var builder = GraphBuilder()
    let numbers = NormNumbers(beta: [0, 0], mean: [5, 6])
    _ = builder.norm(builder.conv(builder.value("x"), bias: [5, 6]), "y", numbers)
    let fold = try #require(try builder.plan().folds.first)
    #expect(fold.bias?.holder == .linear)
    #expect(fold.bias?.values == [0, 0])
  }

  @Test func `takes the operator's own factors in`() throws {
    var builder = GraphBuilder()
    let c = builder.conv(builder.value("x"), bias: [5, 6], weightFactor: 0.5, biasFactor: -2)
    _ = builder.norm(c, "y", Self.scaling)
    let fold = try #require(try builder.plan().folds.first)
    #expect((0..<2).map { fold.arithmetic.weight(3, channel: $0) } == [3, 3])
    // (−10 − 1) · 2 + 0.5, (−12 + 1) · 2 − 0.5.
    #expect(fold.bias?.values == [-21.5, -22.5])
  }

  @Test func `a factor that undoes the scale leaves the weight as it is`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.conv(builder.value("x"), weightFactor: 0.5), "y", Self.scaling)
    #expect(try builder.plan().folds.first?.scalesWeight == false)
  }

  @Test func `a bias whose factor is 0 is not there`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.conv(builder.value("x"), bias: [.infinity, 6], biasFactor: 0))
    #expect(try builder.plan().folds.first?.bias?.values == [-0.5, 0.5])
  }

  @Test(arguments: [true, false])
  func `a bias that differs from row to row keeps its rows`(isPerChannel: Bool) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let weight = builder.constant("w", [1, 2], shape: [1, 2])
    let bias = builder.constant("b", isPerChannel ? [1, 2, 3, 4, 5, 6] : [1, 2, 3], shape: [3, isPerChannel ? 2 : 1])
    let map = try #require(ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: 2, post: 1))
    let layout = BiasLayout(rows: 3, isPerChannel: isPerChannel)
    let operation = LinearOperator(
      weight: weight, weightMap: map, bias: .constant(bias, layout: layout, factor: 1), outputRank: 2, channelAxis: 1)
    _ = builder.norm(builder.linear(x, "g", operation), "y", Self.scaling)
    let result = try #require(try builder.plan().folds.first?.bias)
    #expect(result.rows == 3)
    // (b − 1) · 2 + 0.5 and (b + 1) · 2 − 0.5.
    #expect(result.values == (isPerChannel ? [0.5, 5.5, 4.5, 9.5, 8.5, 13.5] : [0.5, 3.5, 2.5, 5.5, 4.5, 7.5]))
  }

  @Test func `two operators with a norm each become two folds in order`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let first = builder.norm(builder.conv(x, "c1"), "y1")
    _ = builder.norm(builder.conv(first, "c2"), "y2")
    let plan = try builder.plan()
    #expect(plan.folds.map(\.linear) == [OperatorID(0), OperatorID(2)])
    #expect(plan.outcomes.map(\.norm) == [OperatorID(1), OperatorID(3)])
  }

  @Test func `a graph without norms needs nothing`() throws {
    var builder = GraphBuilder()
    _ = builder.conv(builder.value("x"))
    let plan = try builder.plan()
    #expect(plan.folds.isEmpty && plan.outcomes.isEmpty)
  }
}
