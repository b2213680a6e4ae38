/// The channels whose scales a weight element is multiplied by.
struct WeightPlace {
  /// The output channel, nil where all output channels' scales, the operator's factor included, are exactly 1.
  let channel: Int?

  /// The input channel, nil where there is no map in front or all of its scales are exactly 1.
  let inputChannel: Int?
}
