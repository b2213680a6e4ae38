import Tensors
import Testing

@testable import BatchNormFolding

/// Operators that are carriers of one element type only.
extension FoldPlannerTests {
  private static func cast(to storage: StorageType) -> ChannelCarrier {
    ChannelCarrier(.identity, type: TypeBound(storage, named: storage.rawValue, of: "what the Cast makes"))
  }

  @Test(arguments: [StorageType.float32, .float16])
  func `a Cast is passed where the operator's weight has its type`(type: StorageType) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let t = builder.add("Cast", .carrier(Self.cast(to: type)), reading: [builder.mixer(x)], writing: ["t"])
    _ = builder.norm(t, "y", Self.plain)
    let plan = try builder.plan()
    guard type == .float32 else {
      #expect(
        plan.reasons == [
          DeclineReason(.typeMismatch, "what the Cast makes is float16 but the weight 'c.weight' is float32")
        ])
      return
    }
    #expect(plan.directions == [.backward] && plan.removed == [OperatorID(1), OperatorID(2)])
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test(arguments: [Normalization.TypeFreedom.none, .all])
  func `forward the map's own constants tell what is cast`(freedom: Normalization.TypeFreedom) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let n = builder.norm(builder.opaque(x), "n", Self.plain, typeFreedom: freedom)
    _ = builder.mixer(builder.add("Cast", .carrier(Self.cast(to: .float32)), reading: [n], writing: ["t"]))
    let plan = try builder.plan()
    #expect(plan.directions == (freedom == .none ? [.forward] : [nil]))
    if freedom == .all {
      let reason = "what the Cast makes beside it may have been of another type before"
      #expect(plan.codes == ["type-mismatch"] && plan.reasons[0]?.text.contains(reason) == true)
    }
    try builder.expectSameValues(under: plan, inputs: [x: 2])
  }

  @Test(arguments: [StorageType.float32, .float16])
  func `forward the type of what is normalized tells it too`(type: StorageType) throws {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let value = TypeBound(type, named: type.rawValue, of: "its input")
    let n = builder.norm(x, "n", Self.plain, typeFreedom: .all, valueType: value)
    _ = builder.mixer(builder.add("Cast", .carrier(Self.cast(to: .float32)), reading: [n], writing: ["t"]))
    let plan = try builder.plan()
    #expect(plan.directions == (type == .float32 ? [.forward] : [nil]))
    if type == .float16 { #expect(plan.codes == ["type-mismatch"]) }
  }

  @Test func `norms do not merge through a Cast`() throws {
    var builder = GraphBuilder()
    let n = builder.norm(builder.opaque(builder.value("x")), "n", Self.plain, typeFreedom: .all)
    let t = builder.add("Cast", .carrier(Self.cast(to: .float32)), reading: [n], writing: ["t"])
    _ = builder.norm(t, "y", Self.plain)
    #expect(try builder.plan().codes == ["type-mismatch", "no-linear-producer"])
  }
}
