/// What became of a value's contents, for people and for calibration tables.
package struct ValueChange: Equatable, Sendable {
  /// Per channel the new contents are `scale · old + shift`; nil where they are no such map of the old.
  package struct Map: Equatable, Sendable {
    package let view: ChannelView
    package var scale: [Double]
    package var shift: [Double]
  }

  package private(set) var map: Map?

  /// The contents are something else.
  static let unmappable = ValueChange(map: nil)

  private init(map: Map?) { self.map = map }

  /// The contents as they were.
  init(unchanged view: ChannelView) {
    map = Map(
      view: view, scale: Array(repeating: 1, count: view.count), shift: Array(repeating: 0, count: view.count))
  }

  /// The change, and then another map of the contents.
  func followed(by travelling: TravellingMap) -> ValueChange {
    changed(by: travelling) { scale, shift, old in (scale * old.scale, scale * old.shift + shift) }
  }

  /// The change, and then that the contents are what another map makes the former ones of.
  func undone(by travelling: TravellingMap) -> ValueChange {
    changed(by: travelling) { scale, shift, old in
      scale == 0 ? nil : (old.scale / scale, (old.shift - shift) / scale)
    }
  }

  private func changed(
    by travelling: TravellingMap,
    _ change: (Double, Double, (scale: Double, shift: Double)) -> (scale: Double, shift: Double)?
  ) -> ValueChange {
    guard var map, let next = travelling.spread(over: map.view) ?? nil else { return .unmappable }
    for channel in map.scale.indices {
      let (scale, shift) = (next.affine.scale(ofChannel: channel).hi, next.affine.shift(ofChannel: channel).hi)
      guard let changed = change(scale, shift, (map.scale[channel], map.shift[channel])) else { return .unmappable }
      (map.scale[channel], map.shift[channel]) = changed
    }
    return ValueChange(map: map)
  }
}
