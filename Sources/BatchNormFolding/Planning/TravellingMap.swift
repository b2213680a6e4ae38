/// A per-channel map on its way from where it stands to what absorbs it.
struct TravellingMap {
  let affine: ChannelAffine
  let view: ChannelView
  let types: [TypeBound]

  /// The map as a view with more channels sees it.
  ///
  /// - Returns: nil where the views speak of different channels.
  func spread(over other: ChannelView) -> TravellingMap? {
    guard view != other else { return self }
    guard case .uniform = view else { return nil }
    let affine = affine.gathered(Array(repeating: 0, count: other.count))
    return TravellingMap(affine: affine, view: other, types: types)
  }

  /// The map behind an operator as one before it.
  func carriedBack(by relation: ChannelRelation?) -> TravellingMap? {
    guard let relation, let affine = relation.carriedBack(affine) else { return nil }
    return TravellingMap(affine: affine, view: relation.input, types: types)
  }

  /// The map before an operator as one behind it.
  func carriedForward(by relation: ChannelRelation?) -> TravellingMap? {
    guard let relation, let affine = relation.carriedForward(affine) else { return nil }
    return TravellingMap(affine: affine, view: relation.output, types: types)
  }

  /// The map where it passes what has one element type.
  func bound(by type: TypeBound?) -> TravellingMap {
    guard let type else { return self }
    return TravellingMap(affine: affine, view: view, types: types.united(with: [type]))
  }

  /// The map without its shift.
  var linearPart: TravellingMap { TravellingMap(affine: affine.linearPart, view: view, types: types) }

  /// The map of the negative: what it makes of `−x` is negated.
  var turnedRound: TravellingMap {
    let negation = ChannelAffine.Step.multiplication(Array(repeating: -1, count: affine.channels))
    let steps = [negation] + affine.steps + [negation]
    return TravellingMap(
      affine: ChannelAffine(channels: affine.channels, steps: steps), view: view, types: types)
  }

  /// This map and then another; where one is uniform it has the other's channels.
  ///
  /// - Returns: nil where the views speak of different channels.
  func followed(by next: TravellingMap) -> TravellingMap? {
    let common = view == .uniform ? next.view : view
    guard let first = spread(over: common), let second = next.spread(over: common) else { return nil }
    return TravellingMap(
      affine: first.affine.composed(with: second.affine), view: common, types: types.united(with: next.types))
  }

  /// This map and another one of the same value, which two ways of one map came to; mostly each is the identity in the
  /// other's channels.
  ///
  /// - Returns: nil where the views speak of different channels.
  func joined(with other: TravellingMap) -> TravellingMap? {
    let common = view == .uniform ? other.view : view
    guard let first = spread(over: common), let second = other.spread(over: common) else { return nil }
    return TravellingMap(
      affine: first.affine.joined(with: second.affine), view: common, types: types.united(with: other.types))
  }

  /// The first channel with a shift, nil where there is none.
  var firstShifted: Int? { (0..<affine.channels).first { !affine.mapsZeroToZero($0) } }

  /// The first channel whose scale a demand forbids, nil where there is none.
  func firstChannel(against demand: ChannelCarrier.ScaleDemand) -> Int? {
    switch demand {
    case .none: nil
    case .notNegative: (0..<affine.channels).first { affine.scaleSign(ofChannel: $0) < 0 }
    case .positive: (0..<affine.channels).first { affine.scaleSign(ofChannel: $0) <= 0 }
    }
  }
}

extension [TypeBound] {
  /// These bounds and those of others that demand another type than they do.
  fileprivate func united(with others: [TypeBound]) -> [TypeBound] {
    others.reduce(into: self) { bounds, other in
      if !bounds.contains(where: { $0.storage == other.storage }) { bounds.append(other) }
    }
  }
}
