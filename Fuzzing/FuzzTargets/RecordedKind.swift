/// How a recorded file is read, with a model of one input whose type says so.
enum RecordedKind: String, CaseIterable {
  case tensor, sequence, optional, numpy

  var modelName: String { "\(rawValue).onnx" }

  /// The file in which the value of the model's input is looked for.
  var fileName: String { self == .numpy ? "input_0.npy" : "input_0.pb" }

  /// A model that gives its one input, `x`, unchanged.
  var model: [UInt8] {
    func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(content.count)] + content }
    let name = field(1, Array("x".utf8))
    let tensor = field(1, [1 << 3, 1])
    let type =
      switch self {
      case .tensor, .numpy: tensor
      case .sequence: field(4, field(1, tensor))
      case .optional: field(9, field(1, tensor))
      }
    let value = name + field(2, type)
    let graph = field(11, value) + field(12, value)
    return [1 << 3, 8] + field(7, graph) + field(8, [2 << 3, 17])
  }
}
