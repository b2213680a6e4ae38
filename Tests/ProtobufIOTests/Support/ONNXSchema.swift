import CONNXSchema
import CProtobufC

@testable import ProtobufIO

extension MessageSchema {
  /// ONNX's messages, with the payloads lifted that a model's reader lifts.
  static let onnx: MessageSchema = {
    var model = unsafe Onnx__ModelProto()
    unsafe onnx__model_proto__init(&model)
    guard let descriptor = unsafe model.base.descriptor else { preconditionFailure("a message must be described") }
    return unsafe MessageSchema(root: descriptor, lifting: ["onnx.TensorProto": [9, 4, 10]])
  }()
}

/// The numbers of ONNX's fields that tests of the wire format use.
enum Field {
  static let irVersion = 1
  static let producerName = 2
  static let graph = 7
  static let opsetImport = 8

  enum Graph {
    static let node = 1
    static let name = 2
    static let initializer = 5
    static let input = 11
  }

  enum Tensor {
    static let dims = 1
    static let dataType = 2
    static let segment = 3
    static let floatData = 4
    static let int32Data = 5
    static let int64Data = 7
    static let name = 8
    static let rawData = 9
    static let doubleData = 10
  }

  /// A field that no message has.
  static let unknown = 1999
}
