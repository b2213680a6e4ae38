/// The addition of a constant to the operator's first input.
package struct ConstantAddition: Sendable {
  package let constant: ConstantID

  /// The axis of the input that the constant's first axis is added along; nil aligns the last axes, as
  /// NumPy broadcasts.
  package let firstAxis: Int?

  package init(constant: ConstantID, firstAxis: Int? = nil) {
    self.constant = constant
    self.firstAxis = firstAxis
  }

  /// How the constant varies over a value of the given rank.
  ///
  /// - Returns: The layout if it varies along the channel axis only and does not widen the value, else nil.
  package func layout(shape: [Int], rank: Int, channelAxis: Int, channels: Int) -> BiasLayout? {
    let first = firstAxis ?? rank - shape.count
    guard first >= 0, first <= rank - shape.count else { return nil }
    for (index, size) in shape.enumerated() where first + index != channelAxis && size != 1 { return nil }
    let position = channelAxis - first
    let along = shape.indices.contains(position) ? shape[position] : 1
    guard along == 1 || along == channels else { return nil }
    return BiasLayout(rows: 1, isPerChannel: along == channels)
  }
}
