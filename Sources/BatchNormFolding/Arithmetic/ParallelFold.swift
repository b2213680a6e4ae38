/// Per-channel maps of a linear operator's own input that are added to its output, as norms on identity branches are:
/// one weight element of each output channel, that which hands on the same input channel, gets the maps' scales added.
package struct ParallelFold: Sendable {
  /// What is added, each as a map of the operator's stored input; per output channel.
  ///
  /// Each is composed already with what stands behind the sum, of that the scales alone (`linearPart`): its image of 0
  /// is added to the bias as it is, and the shift behind the sum counts once, with the operator's own map.
  package let maps: [ChannelAffine]

  /// For each output channel the index of its weight element.
  package let elements: [Int]

  /// - Precondition: There is an element for each channel.
  package init(_ maps: [ChannelAffine], elements: [Int]) {
    precondition(
      maps.allSatisfy { $0.channels == elements.count }, "a parallel map must have an element for each channel")
    (self.maps, self.elements) = (maps, elements)
  }
}

extension ParallelFold {
  /// Whether all maps are defined there.
  func isDefined(_ channel: Int) -> Bool { maps.allSatisfy { $0.isDefined(channel) } }

  /// What is added to a channel's weight element.
  func scale(ofChannel channel: Int) -> ChannelScale {
    if maps.count == 1 { return ChannelScale(maps[0], channel: channel) }
    // Scales that nearly cancel leave no relative error that could be bounded without them.
    return isDefined(channel) ? ChannelScale(wideScale(channel).sum) : ChannelScale(DoubleDouble(.nan), error: 0)
  }

  /// The same to more than 500 bits, with the exponent of the largest term.
  ///
  /// - Precondition: All maps are defined there.
  func wideScale(_ channel: Int) -> (sum: WideFloat, largest: Int) {
    let scales = maps.map { $0.wideScale(channel) }
    return (scales.reduce(WideFloat(0), +), scales.compactMap(\.leadingExponent).max() ?? .min / 2)
  }

  /// What is added to a channel's bias.
  func shift(ofChannel channel: Int) -> Estimate {
    maps.reduce(Estimate(DoubleDouble(0))) {
      $0.adding($1.bounded(Estimate(DoubleDouble(0)), channel: channel))
    }
  }
}
