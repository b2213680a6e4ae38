import BatchNormFolding
import Tensors

/// A weight that DequantizeLinear makes of integers: `(integer − zero point) · scale`.
struct QuantizedWeight {
  /// The DequantizeLinear.
  let node: OperatorID
  let integers: ConstantID

  /// nil for 0.
  let zeroPoint: ConstantID?

  /// The axis of the integers along which scales follow one another, or blocks do.
  let axis: Int

  /// Whether one scale serves all integers, so that a fold needs one for each channel.
  let isPerTensor: Bool

  /// How many integers in a row along the axis have one scale, 0 where each place has its own.
  let blockSize: Int

  /// The channels of the integers, once the operator is known that reads them.
  var map: ChannelMap?

  /// The axis of the integers along which the operator's output channels lie, likewise.
  var channelAxis = 0
}
