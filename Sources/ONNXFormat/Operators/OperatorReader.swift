import BatchNormFolding
import ONNXModel
import ProtobufIO

/// Says what each node means to a fold, by the ONNX specification at the node's opset.
struct OperatorReader {
  let reading: ModelReading

  /// The core's view of one node.
  func read(_ id: OperatorID) throws(ModelFileError) -> FoldOperator {
    let node = reading.nodes[id.index]
    let role = try role(of: node)
    return FoldOperator(
      name: node.view.name.description, kind: node.operatorType, graphPath: reading.scopes[node.scope].path,
      inputs: role.input.map { [$0] } ?? [], outputs: node.outputs.compactMap { $0 }, role: role.role)
  }

  private func role(of node: ReadNode) throws(ModelFileError) -> ReadRole {
    guard node.isStandard else {
      return node.operatorType == "BatchNormalization" ? foreignNormalization(node) : ReadRole(.opaque(nil))
    }
    guard node.outputs.first ?? nil != nil || node.operatorType == "BatchNormalization" else {
      return ReadRole(.opaque(nil))
    }
    return switch node.operatorType {
    case "BatchNormalization": try normalization(node)
    case "Conv": try convolution(node)
    case "ConvTranspose": try transposedConvolution(node)
    case "Gemm": try gemm(node)
    case "MatMul": matrixProduct(node)
    case "Add": try addition(node)
    case "Identity": identity(node)
    case "Dropout": try dropout(node)
    default: ReadRole(.opaque(nil))
    }
  }

  /// More channels than any operator has; a hundred bytes can ask for more elements than memory holds.
  private static let channelLimit = 1 << 24

  /// A constant that a fold can use, or why it cannot.
  ///
  /// - Parameters:
  ///   - what: What the node calls it, for the sentence.
  ///   - code: The code for a value that is computed when the model runs.
  func parameter(
    _ value: ValueID?, _ what: String, _ code: DeclineReason.Code
  ) -> Normalization.Parameter {
    guard let value else { return .unusable(DeclineReason(code, "its \(what) is left out")) }
    let facts = reading.values[value.index]
    if facts.isFunctionInput {
      return .unusable(
        DeclineReason(.functionParameter, "its \(what) '\(facts.name)' is an input of the function around it"))
    }
    guard let constant = facts.constant else {
      return .unusable(DeclineReason(code, "its \(what) '\(facts.name)' is computed when the model runs"))
    }
    if facts.isOverridable {
      return .unusable(
        DeclineReason(
          .overridableInitializer,
          "its \(what) '\(facts.name)' is or follows from a graph input that a caller may override"))
    }
    let count = reading.constants[constant.index].shape.elementCount ?? .max
    guard count <= Self.channelLimit else {
      return .unusable(
        DeclineReason(
          .channelMismatch, "its \(what) '\(facts.name)' has \(count) elements, more than an operator has channels"))
    }
    switch reading.constants[constant.index].origin {
    case .sparse: return .unusable(DeclineReason(code, "its \(what) '\(facts.name)' is stored sparsely"))
    case .partial: return .unusable(DeclineReason(code, "its \(what) '\(facts.name)' is stored in part only"))
    default: return .constant(constant)
    }
  }

  func shape(_ constant: ConstantID) -> [Int] { reading.constants[constant.index].shape }
  func typeName(_ constant: ConstantID) -> String { reading.constants[constant.index].type.name }
  func name(_ constant: ConstantID) -> Name {
    reading.values[reading.constants[constant.index].value.index].name
  }

  func title(_ node: ReadNode) -> String {
    node.view.name.isEmpty ? node.operatorType : "\(node.operatorType) '\(node.view.name)'"
  }
}

/// A role with the value that flows through it.
struct ReadRole {
  let role: FoldOperator.Role
  let input: ValueID?

  init(_ role: FoldOperator.Role, input: ValueID? = nil) {
    self.role = role
    self.input = input
  }

  /// An operator that nothing folds into, with the reason for the norm behind it.
  static func declined(_ code: DeclineReason.Code, _ text: String) -> ReadRole {
    ReadRole(.opaque(DeclineReason(code, text)))
  }
}
