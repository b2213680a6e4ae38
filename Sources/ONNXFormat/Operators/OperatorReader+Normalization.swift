import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

extension OperatorReader {
  /// BatchNormalization, opsets 1, 6, 7, 9, 14 and 15: X, scale, B, mean, var.
  func normalization(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    guard let input = node.input(0), !node.outputs.isEmpty, node.outputs[0] != nil,
      (1...4).allSatisfy({ node.input($0) != nil }), node.inputs.count == 5, node.outputs.count <= 5
    else {
      throw reading.document.failure(
        "\(title(node)) has \(node.inputs.count) inputs and \(node.outputs.count) outputs; it needs X, scale, B, "
          + "mean, var and Y")
    }
    let training = try TrainingMark(of: node)?.text
    var mode = training == nil ? Normalization.Mode.inference : .training
    var warnings: [FoldWarning] = []
    var refusal = try structuralRefusal(node)
    if let training {
      if reading.options.assumesInference {
        mode = .assumedInference
        warnings.append(FoldWarning(.assumedInference, "\(training), taken as inference as asked"))
      } else {
        refusal = refusal ?? DeclineReason(.trainingMode, training)
      }
    }
    if let output = node.outputs[0] {
      let name = reading.name(of: output).description
      if !reading.options.isSelected(node.name.description, name) {
        refusal = DeclineReason(.excluded, "it was left out by the options")
      }
    }
    let isSpatial = try node.integer("spatial", default: 1) != 0
    let epsilon = try node.float("epsilon", default: 1e-5)
    let norm = Normalization(
      gamma: try parameter(node.input(1), "gamma", .parameterNotConstant),
      beta: try parameter(node.input(2), "beta", .parameterNotConstant),
      mean: try parameter(node.input(3), "mean", .parameterNotConstant),
      variance: try parameter(node.input(4), "variance", .parameterNotConstant), epsilon: Double(epsilon),
      parametersMayHaveOnes: node.version < 9 && !isSpatial,
      typeFreedom: node.version >= 15 ? .all : node.version >= 14 ? .statistics : .none,
      valueType: elementType(input).map { TypeBound($0.storage, named: $0.name, of: "its input") }, mode: mode,
      isOfConstant: reading.constant(node.outputs[0]) != nil, refusal: refusal, warnings: warnings)
    return ReadRole(.normalization(norm), input: input)
  }

  /// A BatchNormalization that ONNX does not define: its meaning is not known.
  func foreignNormalization(_ node: Graph.Node) -> ReadRole {
    guard let input = node.input(0), node.outputs.first != nil, node.outputs[0] != nil else {
      return ReadRole(.opaque(nil))
    }
    let domain = node.domain.isEmpty ? "the model itself" : "'\(node.domain)'"
    return unknownNormalization(
      of: input, DeclineReason(.foreignDomain, "its operator is defined by \(domain), not by ONNX"))
  }

  /// A norm that stays, and of which nothing else is known.
  func unknownNormalization(of input: ValueID, _ reason: DeclineReason) -> ReadRole {
    let unknown = Normalization.Parameter.unusable(reason)
    return ReadRole(
      .normalization(
        Normalization(
          gamma: unknown, beta: unknown, mean: unknown, variance: unknown, epsilon: 0, mode: .unknown,
          refusal: reason)),
      input: input)
  }

  private func structuralRefusal(_ node: Graph.Node) throws(ModelFileError) -> DeclineReason? {
    let assumed = reading.options.assumesInference ? TrainingMark.attributes : []
    if node.attributes.contains(where: { $0.isReference && !assumed.contains($0.name) }) {
      return DeclineReason(.functionParameter, "its attributes come from the call of the function around it")
    }
    if node.version < 9, try node.integer("spatial", default: 1) == 0, !hasOnePlace(node) {
      return DeclineReason(.nonSpatial, "it has its own parameters for every position (spatial = 0)")
    }
    return nil
  }

  /// Whether parameters for every position are parameters for every channel, since there is one position.
  private func hasOnePlace(_ node: Graph.Node) -> Bool {
    (1...4).allSatisfy { index in
      reading.constant(node.input(index)).map { shape($0).count > 1 && shape($0).dropFirst().allSatisfy { $0 == 1 } }
        ?? false
    }
  }
}
