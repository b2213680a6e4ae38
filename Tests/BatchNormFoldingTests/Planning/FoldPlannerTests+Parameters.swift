import Testing

@testable import BatchNormFolding

/// What a norm's numbers have to be.
extension FoldPlannerTests {
  @Test func `passes on why a parameter is of no use, the first one first`() throws {
    var builder = GraphBuilder()
    let reason = DeclineReason(.parameterNotConstant, "its mean is computed")
    let later = DeclineReason(.weightNotConstant, "its variance is computed, too")
    _ = builder.norm(builder.conv(builder.value("x"))) {
      $0[2] = .unusable(reason)
      $0[3] = .unusable(later)
    }
    try expectDecline(builder, .parameterNotConstant, "its mean is computed")
  }

  @Test(arguments: ["gamma", "beta", "mean", "variance"])
  func `declines a parameter of a type that no fold is made of`(name: String) throws {
    var builder = GraphBuilder()
    let constant = FoldConstant(name: "p", shape: [2], storage: nil, typeName: "int32", isKept: false)
    let id = builder.constant(constant, [1, 1])
    _ = builder.norm(builder.conv(builder.value("x"))) {
      $0[["gamma", "beta", "mean", "variance"].firstIndex(of: name) ?? 0] = .constant(id)
    }
    try expectDecline(builder, .unsupportedType, "its \(name) 'p' is int32")
  }

  @Test(arguments: [[], [1, 2], [2, 1, 1]])
  func `declines parameters that are not one axis of channels`(shape: [Int]) throws {
    var builder = GraphBuilder()
    let id = builder.constant("p", Array(repeating: 1, count: shape.reduce(1, *)), shape: shape)
    _ = builder.norm(builder.conv(builder.value("x"))) { $0[1] = .constant(id) }
    try expectDecline(builder, .channelMismatch, "its beta 'p' has the shape \(shape), not one axis of channels")
  }

  @Test(arguments: ["beta", "mean", "variance"])
  func `declines parameters of different lengths`(name: String) throws {
    var numbers = NormNumbers()
    if name == "beta" { numbers.beta = [1, 2, 3] }
    if name == "mean" { numbers.mean = [1, 2, 3] }
    if name == "variance" { numbers.variance = [1, 2, 3] }
    try expectDecline(numbers, .channelMismatch, "its \(name) has 3 channels but its gamma has 2")
  }

  @Test(arguments: [-0.5, -.leastNonzeroMagnitude, .infinity, -.infinity] as [Double])
  func `declines a variance that is negative or infinite`(variance: Double) throws {
    try expectDecline(
      NormNumbers(variance: [1, variance]), .invalidVariance,
      "channel 1 has the variance \(variance), which with epsilon 1.0 has no usable square root")
  }

  @Test func `declines a variance that is no number`() throws {
    try expectDecline(
      NormNumbers(variance: [.nan, 1]), .invalidVariance,
      "channel 0 has the variance nan, which with epsilon 1.0 has no usable square root")
  }

  @Test(arguments: [(0, 0), (1, -1), (0.5, -2), (0, .nan), (1, .nan), (1, -.infinity)] as [(Double, Double)])
  func `declines a denominator that is not above 0`(variance: Double, epsilon: Double) throws {
    try expectDecline(
      NormNumbers(variance: [variance, 5], epsilon: epsilon), .invalidVariance,
      "channel 0 has the variance \(variance), which with epsilon \(epsilon) has no usable square root")
  }

  @Test func `declines an infinite epsilon, under which no number is left`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.conv(builder.value("x")), "y", NormNumbers(epsilon: .infinity))
    #expect(try builder.plan().codes == ["invalid-variance"])
  }

  @Test(arguments: [0, Double.leastNonzeroMagnitude], [1e-5, Double(Float.leastNonzeroMagnitude)])
  func `folds with any denominator above 0`(variance: Double, epsilon: Double) throws {
    var builder = GraphBuilder()
    let numbers = NormNumbers(gamma: [1e-20, 1e-20], variance: [variance, 1], epsilon: epsilon)
    _ = builder.norm(builder.conv(builder.value("x")), "y", numbers)
    #expect(try builder.plan().codes == [nil])
  }

  @Test(arguments: ["gamma", "beta", "mean"], [Double.infinity, -.infinity, .nan])
  func `declines a parameter that is not finite`(name: String, value: Double) throws {
    var numbers = NormNumbers()
    if name == "gamma" { numbers.gamma[1] = value }
    if name == "beta" { numbers.beta[1] = value }
    if name == "mean" { numbers.mean[1] = value }
    try expectDecline(
      numbers, .overflowsStorage, "channel 1 has the \(name) \(value), which no weight can hold")
  }

  @Test func `warns of statistics that no training has touched`() throws {
    try expectWarnings(
      NormNumbers(mean: [0, 0], variance: [1, 1]), .runningStatisticsUntouched,
      "every mean is 0 and every variance 1, as before any training")
    try expectWarnings(NormNumbers(mean: [0, 0.1], variance: [1, 1]))
  }

  @Test func `warns of variances that epsilon drowns`() throws {
    try expectWarnings(
      NormNumbers(variance: [0.009, 0.5], epsilon: 1), .tinyVariance,
      "1 of 2 channels have a variance below a hundredth of epsilon")
    try expectWarnings(NormNumbers(variance: [0.011, 0.5], epsilon: 1))
  }

  @Test func `warns of channels that gamma switches off`() throws {
    try expectWarnings(
      NormNumbers(gamma: [0, 2]), .deadChannels, "1 of 2 channels have a gamma of 0")
  }

  @Test func `hands on the norm's own warnings before those about its numbers`() throws {
    var builder = GraphBuilder()
    let own = FoldWarning(.assumedInference, "as asked")
    _ = builder.norm(
      builder.conv(builder.value("x")), "y", NormNumbers(gamma: [0, 0]), warnings: [own])
    #expect(try builder.plan().outcomes[0].warnings.map(\.code) == [.assumedInference, .deadChannels])
  }

  @Test func `warns of a norm that stays too`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.value("x"), "y", NormNumbers(gamma: [0, 0]))
    #expect(try builder.plan().outcomes[0].warnings.map(\.code) == [.deadChannels])
  }

  private func expectDecline(
    _ numbers: NormNumbers, _ code: DeclineReason.Code, _ text: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.conv(builder.value("x")), "y", numbers)
    try expectDecline(builder, code, text, sourceLocation: sourceLocation)
  }

  private func expectWarnings(
    _ numbers: NormNumbers, _ code: FoldWarning.Code? = nil, _ text: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.conv(builder.value("x")), "y", numbers)
    let warnings = code.map { [FoldWarning($0, text)] } ?? []
    #expect(try builder.plan().outcomes[0].warnings == warnings, sourceLocation: sourceLocation)
  }
}
