import Testing

@testable import BatchNormFolding

@Suite struct ValueChangeTests {
  private static let view = ChannelView.axis(1, count: 2)
  private static let map = travelling(
    ChannelAffine(channels: 2, steps: [.multiplication([2, 4]), .addition([1, -1])]), view)

  @Test func `what has not changed is once itself`() {
    let change = ValueChange(unchanged: Self.view)
    #expect(change.map == ValueChange.Map(view: Self.view, scale: [1, 1], shift: [0, 0]))
  }

  @Test func `maps that follow are composed`() {
    let once = ValueChange(unchanged: Self.view).followed(by: Self.map)
    #expect(once.map == ValueChange.Map(view: Self.view, scale: [2, 4], shift: [1, -1]))
    #expect(once.followed(by: Self.map).map == ValueChange.Map(view: Self.view, scale: [4, 16], shift: [3, -5]))
  }

  /// The new value is what the map makes the old one of: `old = 2 · new + 1`.
  @Test func `a map that went on is undone`() {
    let once = ValueChange(unchanged: Self.view).undone(by: Self.map)
    #expect(once.map == ValueChange.Map(view: Self.view, scale: [0.5, 0.25], shift: [-0.5, 0.25]))
    #expect(once.followed(by: Self.map) == ValueChange(unchanged: Self.view))
    #expect(
      ValueChange(unchanged: Self.view).followed(by: Self.map).undone(by: Self.map) == .init(unchanged: Self.view))
  }

  @Test func `one map for all changes every channel`() {
    let uniform = Self.travelling(.scaling([8]), .uniform)
    #expect(ValueChange(unchanged: Self.view).followed(by: uniform).map?.scale == [8, 8])
  }

  @Test func `what cannot be told stays untold`() {
    #expect(ValueChange(unchanged: Self.view).undone(by: Self.travelling(.scaling([1, 0]), Self.view)) == .unmappable)
    #expect(
      ValueChange(unchanged: Self.view).followed(by: Self.travelling(.scaling([1, 2, 3]), .axis(1, count: 3))).map
        == nil)
    #expect(
      ValueChange(unchanged: Self.view).followed(by: Self.travelling(.scaling([1, 2]), .axis(2, count: 2))).map == nil)
    #expect(ValueChange.unmappable.followed(by: Self.map) == .unmappable)
    #expect(ValueChange.unmappable.undone(by: Self.map) == .unmappable)
  }

  private static func travelling(_ affine: ChannelAffine, _ view: ChannelView) -> TravellingMap {
    TravellingMap(affine: affine, view: view, types: [])
  }
}
