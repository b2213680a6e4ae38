import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

extension OperatorReader {
  /// Add, Sub, Mul and Div, opsets 1 to 14, of a constant and a value; before opset 7 they broadcast only by their
  /// attributes, and only the second operand.
  func affine(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    guard let first = node.input(0), let second = node.input(1) else { return ReadRole(.opaque(nil)) }
    let isFirstConstant = reading.constant(first) != nil
    guard isFirstConstant != (reading.constant(second) != nil) else {
      return isFirstConstant || !["Add", "Sub"].contains(node.operatorType) ? ReadRole(.opaque(nil)) : try sum(node)
    }
    guard let operation = operation(of: node, isFirstConstant: isFirstConstant) else { return ReadRole(.opaque(nil)) }
    let (constant, other) = isFirstConstant ? (first, second) : (second, first)
    switch try parameter(constant, "constant", .biasNotConstant) {
    case .unusable(let reason):
      return .declined(reason.code, "\(title(node)) beside it: \(reason.text)")
    case .constant(let id):
      var firstAxis: Int?
      if node.version < 7, try node.integer("broadcast", default: 0) != 0 {
        guard !isFirstConstant else {
          return .declined(.channelAxisDiffers, "the \(title(node)) broadcasts its value over the constant")
        }
        firstAxis = try node.attribute("axis")?.integer()
      }
      guard !node.hasReferenceAttributes, firstAxis ?? 0 >= 0 else { return ReadRole(.opaque(nil)) }
      guard let value = reading.values[other.index].shape else { return ReadRole(.opaque(unknownShape(node))) }
      let output = (node.outputs.first ?? nil).map { reading.name(of: $0).description } ?? ""
      let isSelected = reading.options.isSelected(node.name.description, output)
      return ReadRole(
        .affine(
          ConstantAffine(
            operation, constant: id,
            view: ChannelView(constantOf: shape(id), over: value.rank, firstAxis: firstAxis),
            firstAxis: place(of: shape(id), over: value.rank, firstAxis),
            keepsShape: keepsShape(of: value, id, firstAxis: firstAxis), foldsAlone: isSelected)),
        input: other)
    }
  }

  /// What a constant operand does to the other one; nil where that is no affine map.
  private func operation(of node: Graph.Node, isFirstConstant: Bool) -> ConstantAffine.Operation? {
    switch node.operatorType {
    case "Add": .addition
    case "Sub": isFirstConstant ? .reversedSubtraction : .subtraction
    case "Mul": .multiplication
    default: isFirstConstant ? nil : .division
    }
  }

  /// The axis of a value that a constant's first axis lies along; nil where the constant has more axes.
  private func place(of shape: [Int], over rank: Int, _ stated: Int?) -> Int? {
    let first = stated ?? rank - shape.count
    return (0...max(rank - shape.count, 0)).contains(first) && shape.count <= rank ? first : nil
  }

  /// Whether a value is known to be as long as a constant along the constant's axes, so that it is not widened.
  func keepsShape(of value: ValueShape, _ constant: ConstantID, firstAxis: Int? = nil) -> Bool {
    let shape = shape(constant)
    guard let first = place(of: shape, over: value.rank, firstAxis) else { return false }
    return shape.indices.allSatisfy { shape[$0] == 1 || value[first + $0] == .size(shape[$0]) }
  }
}
