import Testing

@testable import BatchNormFolding

@Suite struct TravellingMapTests {
  private static let channels = ChannelView.axis(1, count: 2)

  @Test func `one map for all becomes one for each channel, and no other view changes`() {
    let map = Self.map(.scaling([3]), .uniform, type: 4)
    let spread = map.spread(over: .axis(2, count: 3))
    #expect(spread?.view == .axis(2, count: 3) && spread?.affine.marks == [3, 3, 3])
    #expect(spread?.types.map(\.subject) == ["4"])
    #expect(Self.map(.scaling([3, 4])).spread(over: Self.channels)?.affine.marks == [3, 4])
    #expect(Self.map(.scaling([3, 4])).spread(over: .axis(1, count: 3)) == nil)
    #expect(Self.map(.scaling([3, 4])).spread(over: .axis(2, count: 2)) == nil)
    #expect(Self.map(.scaling([3, 4])).spread(over: .uniform) == nil)
  }

  @Test func `what follows is applied to what was made before`() {
    let first = Self.map(.scaling([2, 3]), type: 1)
    let both = first.followed(by: Self.map(.shifting([5, 7]), type: 2, storage: .float16))
    #expect(both?.affine.steps == [.multiplication([2, 3]), .addition([5, 7])])
    #expect(both?.types.map(\.subject) == ["1", "2"])
  }

  @Test func `a type that is demanded already is not demanded again`() {
    let both = Self.map(.scaling([2, 3]), type: 1).followed(by: Self.map(.shifting([5, 7]), type: 2))
    #expect(both?.types.map(\.subject) == ["1"])
  }

  @Test func `of two maps in a row one may be for all`() {
    let (one, two) = (Self.map(.scaling([2]), .uniform), Self.map(.shifting([5, 7])))
    #expect(one.followed(by: two)?.affine.steps == [.multiplication([2, 2]), .addition([5, 7])])
    #expect(two.followed(by: one)?.affine.steps == [.addition([5, 7]), .multiplication([2, 2])])
    #expect(one.followed(by: one)?.view == .uniform)
    #expect(two.followed(by: Self.map(.scaling([1, 1]), .axis(0, count: 2))) == nil)
    #expect(two.followed(by: Self.map(.scaling([1, 1, 1]), .axis(1, count: 3))) == nil)
  }

  @Test func `carries with it which types it is bound to`() throws {
    let relation = try #require(ChannelRelation(input: Self.channels, output: .axis(2, count: 4)))
    let forward = Self.map(.scaling([2, 3]), type: 4).carriedForward(by: relation)
    #expect(forward?.view == .axis(2, count: 4) && forward?.affine.marks == [2, 2, 3, 3])
    let back = forward?.carriedBack(by: relation)
    #expect(back?.view == Self.channels && back?.affine.marks == [2, 3])
    #expect(back?.types.map(\.subject) == ["4"])
    #expect(Self.map(.scaling([2, 3])).carriedBack(by: nil) == nil)
    #expect(Self.map(.scaling([2, 3])).carriedForward(by: nil) == nil)
  }

  @Test func `without its shift it scales as before`() {
    let map = Self.map(ChannelAffine(channels: 2, steps: [.multiplication([2, 3]), .addition([5, 7])])).linearPart
    #expect(map.affine.marks == [2, 3] && map.firstShifted == nil)
  }

  @Test func `turned round it is the map of the negative`() {
    let map = Self.map(ChannelAffine(channels: 2, steps: [.multiplication([2, 3]), .addition([5, 7])])).turnedRound
    #expect(map.affine.marks == [2, 3] && map.affine.shifts == [-5, -7])
  }

  @Test func `finds the first channel with a shift`() {
    #expect(Self.map(.shifting([0, 1])).firstShifted == 1)
    #expect(Self.map(.scaling([2, 3])).firstShifted == nil)
    // A shift that is taken back exactly is none.
    #expect(
      Self.map(ChannelAffine(channels: 2, steps: [.addition([1, 1]), .addition([-1, -1])])).firstShifted == nil)
  }

  @Test(
    arguments: [
      ([2, 0], .none, nil), ([2, -1], .none, nil), ([2, 0], .notNegative, nil), ([2, -1], .notNegative, 1),
      ([2, 1], .positive, nil), ([2, 0], .positive, 1), ([-2, 0], .positive, 0),
    ] as [([Double], ChannelCarrier.ScaleDemand, Int?)])
  func `finds the first channel with a scale that is not allowed`(
    scales: [Double], demand: ChannelCarrier.ScaleDemand, channel: Int?
  ) {
    #expect(Self.map(.scaling(scales)).firstChannel(against: demand) == channel)
  }

  private static func map(
    _ affine: ChannelAffine, _ view: ChannelView = channels, type: Int = 0,
    storage: StorageType = .float32
  ) -> TravellingMap {
    TravellingMap(affine: affine, view: view, types: [TypeBound(storage, named: "\(storage)", of: "\(type)")])
  }
}
