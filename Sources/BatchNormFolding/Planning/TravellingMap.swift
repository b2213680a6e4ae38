/// A per-channel map on its way from where it stands to what absorbs it.
struct TravellingMap {
  /// A constant that must be of the type of whatever absorbs the map.
  struct Parameter {
    let constant: ConstantID
    /// What the constant is called in a sentence, such as `its gamma`.
    let title: String
  }

  let affine: ChannelAffine
  let view: ChannelView
  let parameters: [Parameter]

  /// The map as a view with more channels sees it.
  ///
  /// - Returns: nil where the views speak of different channels.
  func spread(over other: ChannelView) -> TravellingMap? {
    guard view != other else { return self }
    guard case .uniform = view else { return nil }
    let affine = affine.gathered(Array(repeating: 0, count: other.count))
    return TravellingMap(affine: affine, view: other, parameters: parameters)
  }

  /// The map behind an operator as one before it.
  func carriedBack(by relation: ChannelRelation?) -> TravellingMap? {
    guard let relation, let affine = relation.carriedBack(affine) else { return nil }
    return TravellingMap(affine: affine, view: relation.input, parameters: parameters)
  }

  /// The map before an operator as one behind it.
  func carriedForward(by relation: ChannelRelation?) -> TravellingMap? {
    guard let relation, let affine = relation.carriedForward(affine) else { return nil }
    return TravellingMap(affine: affine, view: relation.output, parameters: parameters)
  }

  /// The map without its shift.
  var linearPart: TravellingMap { TravellingMap(affine: affine.linearPart, view: view, parameters: parameters) }

  /// The map of the negative: what it makes of `−x` is negated.
  var turnedRound: TravellingMap {
    let negation = ChannelAffine.Step.multiplication(Array(repeating: -1, count: affine.channels))
    let steps = [negation] + affine.steps + [negation]
    return TravellingMap(
      affine: ChannelAffine(channels: affine.channels, steps: steps), view: view, parameters: parameters)
  }

  /// This map and then another; where one is uniform it has the other's channels.
  ///
  /// - Returns: nil where the views speak of different channels.
  func followed(by next: TravellingMap) -> TravellingMap? {
    let common = view == .uniform ? next.view : view
    guard let first = spread(over: common), let second = next.spread(over: common) else { return nil }
    return TravellingMap(
      affine: first.affine.composed(with: second.affine), view: common, parameters: parameters + next.parameters)
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
