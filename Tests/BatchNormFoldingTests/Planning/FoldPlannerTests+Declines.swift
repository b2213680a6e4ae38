import Tensors
import Testing

@testable import BatchNormFolding

/// Why a norm stays because of what surrounds it; each reason with its exact sentence.
extension FoldPlannerTests {
  @Test func `declines behind an operator that is not linear`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.add("Relu", .opaque(nil), reading: [builder.value("x")], writing: ["r"]))
    try expectDecline(
      builder, .noLinearProducer, "its input 'r' comes from the Relu 'r/Relu'")
  }

  @Test func `declines behind a value that nothing computes`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.value("x"))
    try expectDecline(builder, .noLinearProducer, "nothing in its graph computes its input 'x'")
  }

  @Test func `passes on why an operator cannot take anything in`() throws {
    var builder = GraphBuilder()
    let reason = DeclineReason(.weightNotConstant, "the weight comes from elsewhere")
    _ = builder.norm(builder.add("Conv", .opaque(reason), reading: [builder.value("x")], writing: ["c"]))
    try expectDecline(builder, .weightNotConstant, "the weight comes from elsewhere")
  }

  @Test func `passes on why the norm itself cannot fold`() throws {
    var builder = GraphBuilder()
    let reason = DeclineReason(.trainingMode, "it trains")
    _ = builder.norm(builder.conv(builder.value("x")), refusal: reason)
    try expectDecline(builder, .trainingMode, "it trains")
  }

  @Test func `declines where the value before it has another reader`() throws {
    var builder = GraphBuilder()
    let c = builder.conv(builder.value("x"))
    _ = builder.norm(c)
    builder.read(c)
    try expectDecline(builder, .activationShared, "the value 'c' before it has 2 readers")
  }

  @Test(arguments: [
    (FoldValue.Pins.graphOutput, DeclineReason.Code.activationIsOutput, "is a graph output"),
    (.captured, .activationCaptured, "is read inside a subgraph"), (.kept, .valuePinned, "is to be kept"),
  ])
  func `declines where the value before it is needed elsewhere`(
    pins: FoldValue.Pins, code: DeclineReason.Code, text: String
  ) throws {
    var builder = GraphBuilder()
    let c = builder.conv(builder.value("x"))
    _ = builder.norm(c)
    builder.pin(c, pins)
    try expectDecline(builder, code, "the value 'c' before it \(text)")
  }

  @Test func `folds though its own output is pinned in every way`() throws {
    var builder = GraphBuilder()
    let y = builder.norm(builder.conv(builder.value("x")))
    builder.pin(y, [.graphOutput, .captured, .kept])
    builder.read(y)
    builder.read(y)
    #expect(try builder.plan().codes == [nil])
  }

  @Test func `declines where a second output of the norm is read`() throws {
    var builder = GraphBuilder()
    let y = builder.norm(builder.conv(builder.value("x")), "y", outputs: ["saved"])
    builder.read(ValueID(y.index + 1))
    try expectDecline(
      builder, .valuePinned, "the output 'saved' of the BatchNormalization 'y/BatchNormalization' is read")
  }

  @Test func `folds though the norm has a second output that nobody reads`() throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.conv(builder.value("x")), "y", outputs: ["saved"])
    #expect(try builder.plan().codes == [nil])
  }

  @Test func `declines where a second output of what stands between is read`() throws {
    var builder = GraphBuilder()
    let same = builder.identity(builder.conv(builder.value("x")), "d", outputs: ["mask"])
    builder.pin(ValueID(same.index + 1), .graphOutput)
    _ = builder.norm(same)
    try expectDecline(builder, .valuePinned, "the output 'mask' of the Identity 'd/Identity' is read")
  }

  @Test func `declines where the weight or the bias is to be kept`() throws {
    var weight = GraphBuilder()
    _ = weight.norm(weight.conv(weight.value("x"), isWeightKept: true))
    try expectDecline(weight, .valuePinned, "the weight 'c.weight' is to be kept")
    var bias = GraphBuilder()
    _ = bias.norm(bias.conv(bias.value("x"), bias: [1, 2], isBiasKept: true))
    try expectDecline(bias, .valuePinned, "the bias 'c.bias' is to be kept")
  }

  @Test(arguments: [0, 2, 3])
  func `declines where the channels are another axis`(axis: Int) throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.conv(builder.value("x"), channelAxis: axis))
    try expectDecline(
      builder, .channelAxisDiffers, "it scales axis 1 but the channels of the Conv 'c/Conv' are axis \(axis)")
  }

  @Test(arguments: [1, 3])
  func `declines where the operator has another number of channels`(channels: Int) throws {
    var builder = GraphBuilder()
    _ = builder.norm(builder.conv(builder.value("x"), weight: Array(repeating: 1, count: channels)))
    try expectDecline(
      builder, .channelMismatch, "it has 2 channels but the Conv 'c/Conv' has \(channels)")
  }

  @Test(arguments: [
    (Normalization.TypeFreedom.none, [true, true, true, true]), (.statistics, [true, true, false, false]),
    (.all, [false, false, false, false]),
  ])
  func `a parameter of another type counts as the norm's version allows`(
    freedom: Normalization.TypeFreedom, declines: [Bool]
  ) throws {
    for (position, name) in ["gamma", "beta", "mean", "variance"].enumerated() {
      var builder = GraphBuilder()
      let other = builder.constant("other", [2, 3], storage: .float16)
      _ = builder.norm(builder.conv(builder.value("x")), "y", typeFreedom: freedom) {
        $0[position] = .constant(other)
      }
      if declines[position] {
        try expectDecline(builder, .typeMismatch, "its \(name) is float16 but the weight 'c.weight' is float32")
      } else {
        #expect(try builder.plan().codes == [nil])
      }
    }
  }

  @Test func `an operator without a name is called by its kind`() throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let c = builder.value("c", producer: OperatorID(0))
    let relu = FoldOperator(
      name: "", kind: "Relu", graphPath: "/", inputs: [x], outputs: [c], role: .opaque(nil))
    _ = builder.norm(builder.append(relu, writing: c))
    try expectDecline(builder, .noLinearProducer, "its input 'c' comes from the Relu")
  }

  /// Expects one norm, which stays for this reason.
  func expectDecline(
    _ builder: GraphBuilder, _ code: DeclineReason.Code, _ text: String, _ options: PlanOptions = PlanOptions(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let plan = try builder.plan(options)
    #expect(plan.reasons == [DeclineReason(code, text)], sourceLocation: sourceLocation)
    #expect(plan.folds.isEmpty, sourceLocation: sourceLocation)
  }
}
