import BatchNormFolding
import Tensors

/// A linear operator's weight as it is stored, which may be otherwise than the operator reads it.
struct StoredWeight {
  /// The constant that a fold changes: the weight itself, or the scale of its integers.
  let constant: ConstantID

  /// The shape that the operator reads.
  let shape: [Int]

  /// Whether the last two axes are stored the other way round.
  var isTransposed = false

  /// The node that reads the constant where it is not the operator: a Transpose or a DequantizeLinear.
  var reader: OperatorID?

  /// Whether other nodes read what that node makes, so that a fold needs a node of its own.
  var isReaderShared = false

  /// The integers, where the constant is their scale.
  var quantization: QuantizedWeight?

  /// The same weight, with the output channels that an operator sees in it.
  func read(_ map: ChannelMap, along axis: Int) -> StoredWeight {
    var result = self
    result.quantization?.map = map
    result.quantization?.channelAxis = axis
    return result
  }
}
