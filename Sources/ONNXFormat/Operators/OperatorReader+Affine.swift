import BatchNormFolding
import ONNXModel
import ProtobufIO

extension OperatorReader {
  /// Add, opsets 1 to 14, of a constant and a value; before opset 7 it broadcasts only by its attributes.
  func addition(_ node: ReadNode) throws(ModelFileError) -> ReadRole {
    guard let first = node.input(0), let second = node.input(1) else { return ReadRole(.opaque(nil)) }
    let isFirstConstant = reading.constant(first) != nil
    guard isFirstConstant != (reading.constant(second) != nil) else { return ReadRole(.opaque(nil)) }
    let (constant, other) = isFirstConstant ? (first, second) : (second, first)
    switch parameter(constant, "constant", .biasNotConstant) {
    case .unusable(let reason):
      return .declined(reason.code, "\(title(node)) before it: \(reason.text)")
    case .constant(let id):
      var firstAxis: Int?
      if node.opset < 7, try node.integer("broadcast", default: 0) != 0 {
        guard !isFirstConstant else {
          return .declined(.channelAxisDiffers, "the \(title(node)) broadcasts its value over the constant")
        }
        firstAxis = try node.view.attribute("axis")?.integer()
      }
      guard !node.hasReferenceAttributes, firstAxis ?? 0 >= 0 else { return ReadRole(.opaque(nil)) }
      return ReadRole(.addition(ConstantAddition(constant: id, firstAxis: firstAxis)), input: other)
    }
  }

  func identity(_ node: ReadNode) -> ReadRole { ReadRole(.transparent, input: node.input(0)) }

  /// Dropout: opsets 1 and 6 train unless `is_test` is set, 7 to 11 never do, from 12 on an input decides.
  func dropout(_ node: ReadNode) throws(ModelFileError) -> ReadRole {
    let inference: Bool
    switch node.opset {
    case ..<7:
      let isTest = try node.integer("is_test", default: 0) != 0
      inference = isTest && !node.hasReferenceAttributes
    case ..<12: inference = true
    default: inference = try node.input(2).map { (value) throws(ModelFileError) in try isFalse(value) } ?? true
    }
    guard inference else {
      return .declined(.dropoutNotInference, "the \(title(node)) before it may drop values")
    }
    return ReadRole(.transparent, input: node.input(0))
  }

  /// Whether a boolean value is a constant false.
  private func isFalse(_ value: ValueID) throws(ModelFileError) -> Bool {
    guard let id = reading.constant(value), !reading.values[value.index].isOverridable else { return false }
    return try reading.contents.boolean(of: id) == false
  }
}
