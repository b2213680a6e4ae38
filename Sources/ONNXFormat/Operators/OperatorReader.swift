import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Says what each node means to a fold, by the ONNX specification at the node's opset.
struct OperatorReader {
  let reading: ModelReading

  /// The core's view of one node, and how its weight is stored where it has one.
  func read(_ id: OperatorID) throws(ModelFileError) -> (FoldOperator, StoredWeight?) {
    let node = reading.nodes[id.index]
    let role =
      if let body = reading.takenBody(of: id) {
        passage(node, from: body)
      } else if reading.onlyCalls[id] != nil {
        call(id)
      } else {
        try role(of: node)
      }
    let view = FoldOperator(
      name: node.name.description, kind: node.operatorType, graphPath: reading.source.scopes[node.scope].path,
      inputs: role.inputs, outputs: role.outputs ?? node.outputs.compactMap { $0 }, role: role.role)
    return (view, role.weight)
  }

  private func role(of node: Graph.Node) throws(ModelFileError) -> ReadRole {
    guard node.isStandard else {
      if let reason = excess(of: node) { return refused(node, reason) }
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
    case "MatMul": try matrixProduct(node)
    case "Add", "Sub", "Mul", "Div": try affine(node)
    case "Identity": identity(node)
    case "Cast": try cast(node)
    case "CastLike": castLike(node)
    case "Dropout": try dropout(node)
    case "Reshape", "Flatten", "Squeeze", "Unsqueeze": reshape(node)
    case "Transpose": try transpose(node)
    case "Gather": try gather(node)
    case "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum": try reduction(node)
    case "Max", "Mean", "Min": selection(node)
    case "Pow": try power(node)
    case "Expand": try repetition(node)
    case "Tile": node.version < 6 ? ReadRole(.opaque(nil)) : try repetition(node)
    case "Slice": try slice(node)
    case "Pad": try pad(node)
    case "SequenceConstruct", "SequenceAt": sequence(node)
    case "ScatterND": try scattering(node)
    case "DepthToSpace", "SpaceToDepth": try blocks(node)
    case "MaxPool", "GlobalMaxPool": maxPool(node)
    case "AveragePool", "GlobalAveragePool": try averagePool(node)
    case "Relu", "LeakyRelu", "PRelu": rectifier(node)
    case "Resize", "Upsample": try resize(node)
    case "Concat": try concatenation(node)
    case "Split": try split(node)
    case "Sum": try sum(node)
    default: ReadRole(.opaque(nil))
    }
  }

  /// More channels than any operator has; a hundred bytes can ask for more elements than memory holds.
  static let channelLimit = 1 << 24

  /// A constant that a fold can use, or why it cannot.
  ///
  /// - Parameters:
  ///   - what: What the node calls it, for the sentence.
  ///   - code: The code for a value that is computed when the model runs.
  ///   - limit: The most elements, since whoever asks holds all of them.
  /// - Throws: `ModelFileError` where a constant that it is made of cannot be read.
  func parameter(
    _ value: ValueID?, _ what: String, _ code: DeclineReason.Code, limit: Int = channelLimit
  ) throws(ModelFileError) -> Normalization.Parameter {
    guard let value else { return .unusable(DeclineReason(code, "its \(what) is left out")) }
    let facts = reading.values[value.index]
    let name = reading.name(of: value)
    if reading.source[value].isInput, reading.source.scopes[reading.source[value].scope].function != nil {
      return .unusable(
        DeclineReason(.functionParameter, "its \(what) '\(name)' is an input of the function around it"))
    }
    guard let constant = facts.constant else {
      return .unusable(DeclineReason(code, "its \(what) '\(name)' is computed when the model runs"))
    }
    if facts.isOverridable {
      return .unusable(
        DeclineReason(
          .overridableInitializer,
          "its \(what) '\(name)' is or follows from a graph input that a caller may override"))
    }
    let count = reading.constants[constant.index].shape.elementCount ?? .max
    guard count <= limit else {
      return .unusable(
        DeclineReason(
          .channelMismatch, "its \(what) '\(name)' has \(count) elements, more than an operator has channels"))
    }
    switch reading.constants[constant.index].origin {
    case .sparse(let tensor) where try !reading.compute(constant) && !reading.computed.refused.contains(constant):
      let stored = tensor.values?.elementCount ?? 0
      return .unusable(
        DeclineReason(
          code, "its \(what) '\(name)' lists \(stored) of \(count) elements, which are too few or not in order"))
    case .partial: return .unusable(DeclineReason(code, "its \(what) '\(name)' is stored in part only"))
    default: break
    }
    guard try reading.compute(constant) else {
      return .unusable(
        DeclineReason(
          code,
          reading.computed.refused.contains(constant)
            ? "its \(what) '\(name)' takes more to work out than the model's size allows"
            : "its \(what) '\(name)' is computed when the model runs"))
    }
    guard limit == .max || reading.maySpread(constant) else {
      return .unusable(
        DeclineReason(
          code, "its \(what) '\(name)' repeats one element \(count) times, more than the model's size allows"))
    }
    return .constant(constant)
  }

  /// The number of a value's axes, where it is proven.
  func rank(_ value: ValueID?) -> Int? { value.flatMap { reading.values[$0.index].rank } }

  /// The type of a value's elements, where it is a constant or the graph's input.
  func elementType(_ value: ValueID?) -> DataType? {
    guard let value else { return nil }
    return reading.constant(value).map { reading.constants[$0.index].type } ?? reading.values[value.index].inputType
  }

  /// What is known of the lengths of a value's axes, nil where not even their number is.
  func dimensions(_ value: ValueID) -> [Dimension]? { reading.values[value.index].shape?.dimensions }

  /// The reason that an operator of an unknown shape is for the norm beside it.
  func unknownShape(_ node: Graph.Node) -> DeclineReason {
    DeclineReason(.rankUnknown, "the shape of what the \(title(node)) beside it reads or makes is not known")
  }

  func shape(_ constant: ConstantID) -> [Int] { reading.constants[constant.index].shape }
  func typeName(_ constant: ConstantID) -> String { reading.constants[constant.index].type.name }
  func name(_ constant: ConstantID) -> Name {
    reading.name(of: reading.constants[constant.index].value)
  }

  func title(_ node: Graph.Node) -> String {
    node.name.isEmpty ? node.operatorType : "\(node.operatorType) '\(node.name)'"
  }
}

/// A role with the values that it speaks of.
struct ReadRole {
  let role: FoldOperator.Role
  let inputs: [ValueID]

  /// What it makes, where that is not what the node writes.
  var outputs: [ValueID]?

  /// How the weight of a linear operator is stored.
  private(set) var weight: StoredWeight?

  init(_ role: FoldOperator.Role, inputs: [ValueID] = []) {
    self.role = role
    self.inputs = inputs
  }

  init(_ role: FoldOperator.Role, input: ValueID?) { self.init(role, inputs: input.map { [$0] } ?? []) }

  /// A linear operator.
  init(_ role: FoldOperator.Role, input: ValueID?, weight: StoredWeight) {
    self.init(role, input: input)
    self.weight = weight
  }

  /// An operator that nothing folds into, with the reason for the norm beside it.
  static func declined(_ code: DeclineReason.Code, _ text: String) -> ReadRole {
    ReadRole(.opaque(DeclineReason(code, text)))
  }
}
