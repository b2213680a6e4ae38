import Tensors
import Testing

@testable import BatchNormFolding

/// Moves that meet one another.
extension FoldPlannerTests {
  /// A sum's branches are numbered anew once one is left out, but their shapes are not.
  @Test(arguments: [true, false]) func `a sum without one of its branches still knows the shapes of the others`(
    isFirst: Bool
  ) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let c = builder.mixer(x, "c", hasIdentity: true)
    let n = builder.norm(x, "n", Self.plain)
    // [H, W] = [3, 2] over [N, 2, H, W], made by a Gemm whose channels are its columns.
    let z = builder.value("z")
    let w = builder.constant("w", [1, 2, 3, 4], shape: [2, 2])
    let o = builder.linear(
      z, "o",
      LinearOperator(
        weight: w, weightMap: .rows(channels: 2, each: 2), bias: .absent(hasSlot: true), outputRank: 2, channelAxis: 1))
    let wide: [Dimension] = [.size(1), .size(2), .size(3), .size(2)]
    let branches = isFirst ? [n, c, o] : [c, n, o]
    let s = builder.sum(branches, shapes: [wide, wide, [.size(3), .size(2)]])
    builder.pin(builder.norm(s, "y", Self.plain), .graphOutput)
    let plan = try builder.plan()
    #expect(plan.codes == [nil, "channel-axis-differs"])
    #expect(plan.targets == [OperatorID(0)])
  }

  @Test func `a constant on the way of a power of two goes with it, and what it stood behind has another name`() throws
  {
    var chain = BalancedChain { builder, y in builder.affine(.multiplication, builder.relu(y), "a", [3, 5]) }
    chain.end()
    let plan = try chain.plan()
    try chain.builder.expectSameValues(under: plan, inputs: [chain.x: 2], isExact: true)
  }

  /// A norm of a large scale behind two operators of half precision.
  ///
  /// - Parameter weight: That of the second, which the first stands before.
  private static func steepNorm(behind weight: [Double]) -> GraphBuilder {
    var builder = GraphBuilder()
    builder.storage = .float16
    let a = builder.mixer(builder.value("x"), "a", bias: [0.5, 0.25])
    builder.pin(builder.norm(builder.mixer(a, "c", weight: weight), "y", steep), .graphOutput)
    return builder
  }

  @Test func `before an operator as large a power of two is taken as is needed`() throws {
    let builder = Self.steepNorm(behind: [16, 32, 48, 64])
    let plan = try builder.plan(Self.measured(OperatorID(1), in: builder))
    #expect(plan.codes == [nil])
    #expect(plan.folds.allSatisfy { $0.weights([1, 2, 3, 4]).allSatisfy(\.isFinite) })
    #expect(plan.folds.first { $0.linear == OperatorID(1) }?.weights([16, 32, 48, 64]).allSatisfy(\.isFinite) == true)
    // As the library plans again once it has seen the weight overflow.
    let again = try builder.plan(Self.measured(OperatorID(1), in: builder, overflowing: [OperatorID(1)]))
    #expect(again.codes == [nil])
  }

  @Test func `one halving before an operator is enough where it fits then`() throws {
    let builder = Self.steepNorm(behind: [1, 2, 3, 4])
    #expect(try builder.plan(Self.measured(OperatorID(1), in: builder)).codes == [nil])
    #expect(try builder.plan(Self.measured(OperatorID(1), in: builder, overflowing: [OperatorID(1)])).codes == [nil])
  }

  @Test func `a power of two passes a join whose other parts stay`() throws {
    var chain = BalancedChain { builder, y in builder.concat([builder.relu(y), builder.opaque(ValueID(0), "o")]) }
    chain.builder.pin(builderOutput(&chain), .graphOutput)
    let plan = try chain.plan()
    #expect(plan.codes == [nil], "\(plan.reasons)")
  }

  private func builderOutput(_ chain: inout BalancedChain) -> ValueID {
    chain.builder.mixer(chain.last, "d", from: 4)
  }
}
