import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// A constant value of an ONNX model.
struct KnownConstant {
  /// Where its elements are.
  enum Origin {
    case initializer(TensorView, scope: Int)
    /// The tensor of a Constant node.
    case node(TensorView, OperatorID)
    /// Numbers in a Constant node's attribute, as float32.
    case literal([UInt8], OperatorID)
    /// One element for a whole shape, from a ConstantOfShape node.
    case repeated([UInt8], OperatorID)
    /// The same elements as another constant's, through nodes that at most name the axes anew.
    case alias(ConstantID)
    /// What nodes make of other constants.
    case computed
    /// Another constant's elements, rounded to another floating-point type.
    case cast(ConstantID)
    /// Integers of 32 bits along one axis times a scale, or one for each, as DequantizeLinear makes biases.
    case dequantized(ConstantID, scale: ConstantID, OperatorID)
    /// The elements that are not 0, with their places; they are read as all elements.
    case sparse(SparseTensorView)
    /// Stored in part only, which is not read.
    case partial

    /// Whether the tensor itself holds only a part of its elements.
    var isSegment: Bool {
      switch self {
      case .initializer(let tensor, _), .node(let tensor, _): tensor.isSegment
      default: false
      }
    }
  }

  let origin: Origin
  let value: ValueID
  let type: DataType
  let shape: [Int]
}

extension DataType {
  /// The storage type of the core, nil for types that no fold is made of.
  var storage: StorageType? {
    switch self {
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float32: .float32
    case .float64: .float64
    default: nil
    }
  }

  init(_ storage: StorageType) {
    self =
      switch storage {
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .float32: .float32
      case .float64: .float64
      }
  }
}
