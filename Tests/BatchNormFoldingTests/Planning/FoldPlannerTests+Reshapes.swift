import Tensors
import Testing

@testable import BatchNormFolding

/// Maps and operators that give elements other shapes, several in a row.
extension FoldPlannerTests {
  private static var image: [Dimension] { [.size(2), .size(2), .size(1), .size(3)] }

  private func reshape(
    _ builder: inout GraphBuilder, _ input: ValueID, _ output: String, from: [Dimension], to: [Dimension]
  ) -> ValueID {
    builder.add(
      "Reshape", .carrier(ChannelCarrier(.reshape(from: from, to: to))), reading: [input], writing: [output])
  }

  /// Everything in one axis and back.
  private func row(_ builder: inout GraphBuilder, from input: ValueID) -> (between: ValueID, end: ValueID) {
    let flat = reshape(&builder, input, "flat", from: Self.image, to: [.size(12)])
    return (flat, reshape(&builder, flat, "image", from: [.size(12)], to: Self.image))
  }

  @Test func `a map passes a row backward that keeps its channels apart as a whole`() throws {
    var builder = GraphBuilder()
    let mixed = builder.mixer(builder.value("x"))
    let (between, end) = row(&builder, from: mixed)
    _ = builder.norm(end, "n", Self.plain)
    let plan = try builder.plan()
    #expect(plan.directions == [.backward] && plan.moves[0]?.through == [OperatorID(1), OperatorID(2)])
    #expect(Set(plan.changes.keys) == [mixed, between] && plan.changes[between]?.map == nil)
  }

  @Test func `and forward`() throws {
    var builder = GraphBuilder()
    let (between, end) = row(&builder, from: builder.norm(builder.value("x"), "n", Self.plain))
    _ = builder.mixer(end)
    let plan = try builder.plan()
    #expect(plan.directions == [.forward] && Set(plan.changes.keys) == [between, end])
  }

  @Test(arguments: [FoldValue.Pins.graphOutput, .kept])
  func `what is seen between stays as it is`(pins: FoldValue.Pins) throws {
    var builder = GraphBuilder()
    let (between, end) = row(&builder, from: builder.mixer(builder.value("x")))
    builder.pin(between, pins)
    _ = builder.norm(end, "n", Self.plain)
    #expect(try builder.plan().codes == ["channel-axis-differs"])
  }

  @Test func `a row that mixes channels for good is none`() throws {
    var builder = GraphBuilder()
    let flat = reshape(&builder, builder.mixer(builder.value("x")), "flat", from: Self.image, to: [.size(12)])
    let other = reshape(&builder, flat, "other", from: [.size(12)], to: [.size(3), .size(2), .size(2)])
    _ = builder.norm(other, "n", Self.plain)
    #expect(try builder.plan().codes == ["channel-axis-differs"])
  }
}
