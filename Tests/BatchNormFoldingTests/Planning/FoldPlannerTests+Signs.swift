import Testing

@testable import BatchNormFolding

/// Operators whose weight are the scales of integers, which stay above 0.
extension FoldPlannerTests {
  private static let obstacle = DeclineReason(.weightQuantized, "an integer has no negative")

  /// `conv(x)` of scales, and norms of nothing but scales behind it.
  private struct Scaled {
    let plan: FoldPlan
    let constants: StoredConstants

    init(_ gammas: [Double]..., obstacle: DeclineReason? = nil) throws {
      var builder = GraphBuilder()
      let weight = builder.constant("s", [0.5, 0.25])
      var value = builder.linear(
        builder.value("x"), "c",
        LinearOperator(
          weight: weight, weightMap: .rows(channels: 2, each: 1), bias: .absent(hasSlot: true), outputRank: 4,
          channelAxis: 1, hasOnlyPositiveScales: true))
      for (index, gamma) in gammas.enumerated() {
        let numbers = NormNumbers(gamma: gamma, beta: [0, 0], mean: [0, 0], variance: [1, 1], epsilon: 0)
        value = builder.norm(value, "n\(index)", numbers)
      }
      constants = builder.constants()
      constants.negationObstacle = obstacle
      plan = try FoldPlanner.plan(builder.graph, constants: constants)
    }
  }

  @Test func `positive scales fold without a look at the integers`() throws {
    let scaled = try Scaled([2, 4], obstacle: Self.obstacle)
    #expect(scaled.plan.codes == [nil] && scaled.constants.negations.isEmpty)
    #expect(scaled.plan.folds.first?.weights([0.5, 0.25]) == [1, 1])
  }

  @Test func `negative scales fold where the integers of their channels have negatives`() throws {
    let scaled = try Scaled([2, -4])
    #expect(scaled.plan.codes == [nil] && scaled.constants.negations == [[1]])
    #expect(scaled.plan.folds.first?.weights([0.5, 0.25]) == [1, -1])
    #expect(try Scaled([-2, -4]).constants.negations == [[0, 1]])
  }

  @Test func `and keep their norm where not`() throws {
    let scaled = try Scaled([2, -4], obstacle: Self.obstacle)
    #expect(scaled.plan.reasons == [Self.obstacle] && scaled.plan.folds.isEmpty)
  }

  @Test func `a scale of 0 keeps its norm`() throws {
    let scaled = try Scaled([2, 0])
    #expect(
      scaled.plan.reasons
        == [DeclineReason(.weightQuantized, "the scale of channel 1 of the Conv 'c/Conv' would be 0")])
    #expect(scaled.constants.negations.isEmpty)
  }

  @Test func `two norms that each turn signs fold together where neither could alone`() throws {
    let scaled = try Scaled([2, -4], [1, -3], obstacle: Self.obstacle)
    #expect(scaled.plan.codes == [nil, nil] && scaled.constants.negations == [[1]])
    #expect(scaled.plan.folds.first?.weights([0.5, 0.25]) == [1, 3])
  }

  @Test func `a norm that turns a sign stays behind one that does not`() throws {
    let scaled = try Scaled([2, 4], [1, -3], obstacle: Self.obstacle)
    #expect(scaled.plan.reasons == [nil, Self.obstacle])
    #expect(scaled.plan.folds.first?.weights([0.5, 0.25]) == [1, 1])
  }
}
