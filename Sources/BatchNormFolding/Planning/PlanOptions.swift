package import Tensors

/// What the planner knows beside the graph.
package struct PlanOptions: Sendable {
  /// The largest element of each channel of a linear operator's weight, where the weight was looked at.
  ///
  /// Without it a fold is planned as if its weight did not overflow; whoever streams the weight finds out,
  /// measures, and plans again.
  package var magnitudes: [OperatorID: ChannelMagnitudes] = [:]

  /// Operators whose weight, with a map before or beside them, was seen to overflow.
  package var overflowing: Set<OperatorID> = []

  package init() {}
}
