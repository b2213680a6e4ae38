import ModelGraph
import ProtobufIO
import Tensors

/// A constant of a model, read from its file each time that a node wants it.
enum ConstantSource {
  case tensor(any StoredTensor)
  /// Numbers or text that an attribute holds itself.
  case reals([Float], shape: [Int])
  case integers([Int], shape: [Int])
  case text([Name], shape: [Int])
  /// Numbers that somebody else makes, each time anew.
  case made(() throws -> Tensor)

  /// The constant that a node of the operator Constant stands for, nil where the file states none.
  init?(node: PreparedNode) throws {
    if let tensor = node.attributes["value"]?.tensor {
      self = .tensor(tensor)
    } else if let sparse = node.attributes["sparse_value"]?.sparseTensor {
      self = .tensor(sparse)
    } else if let attribute = node.attributes["value_float"] {
      self = .reals([try attribute.float()], shape: [])
    } else if let attribute = node.attributes["value_floats"] {
      self = .reals(attribute.floats, shape: [attribute.floats.count])
    } else if let attribute = node.attributes["value_int"] {
      self = .integers([try attribute.integer()], shape: [])
    } else if let attribute = node.attributes["value_ints"] {
      self = .integers(attribute.integers, shape: [attribute.integers.count])
    } else if let text = node.attributes["value_string"]?.string {
      self = .text([text], shape: [])
    } else if let attribute = node.attributes["value_strings"] {
      self = .text(attribute.strings, shape: [attribute.strings.count])
    } else {
      return nil
    }
  }

  /// The elements, widened to what a run computes in.
  func read<S: RunScalar>(as scalar: S.Type) throws -> Tensor {
    switch self {
    case .tensor(let tensor): try tensor.read(as: scalar)
    case .reals(let numbers, let shape): try Tensor(shape, .float32, reals: numbers.map { S($0) })
    case .integers(let numbers, let shape): try Tensor(shape, integers: numbers.map { Int64($0) })
    case .made(let make): try make().stored(as: scalar)
    case .text(let names, let shape): try Tensor(shape: shape, kind: .string, elements: .text(names.map(\.bytes)))
    }
  }
}
