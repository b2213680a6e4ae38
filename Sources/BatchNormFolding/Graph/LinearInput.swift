/// How a linear operator reads the channels of its activation, for a map that stands before it.
package struct LinearInput: Sendable {
  /// What becomes of a map's shift, of which each output is a sum over the weight.
  package enum ShiftRule: Sendable {
    /// Every output sees every weight element of its channel once.
    case passes
    /// Outputs at the border see fewer elements; why only a map without a shift passes.
    case declines(DeclineReason)
    /// Every output sees the taps of one phase, all of which must give the same; the reason where they do not.
    ///
    /// A tap is the place of an element in the row of those of one pair of channels.
    case needsEqualPhases(ofTaps: [Int], count: Int, DeclineReason)
  }

  /// The activation's axis whose channels the weight multiplies.
  package let axis: Int

  /// Which input channel each weight element belongs to.
  package let map: ChannelMap

  package let shiftRule: ShiftRule

  package init(axis: Int, map: ChannelMap, shiftRule: ShiftRule) {
    self.axis = axis
    self.map = map
    self.shiftRule = shiftRule
  }
}

extension LinearInput.ShiftRule {
  /// The taps that an output sees at one place, where it is not all of them.
  var seenTaps: (count: Int, seen: Set<Int>)? {
    guard case .needsEqualPhases(let phases, _, _) = self else { return nil }
    return (phases.count, Set(phases.indices.filter { phases[$0] == 0 }))
  }
}
