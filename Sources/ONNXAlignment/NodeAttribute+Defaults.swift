import ModelGraph
import ProtobufIO

extension [any NodeAttribute] {
  /// The name of an attribute that others state otherwise; nil where they mean the same.
  ///
  /// A tool may write defaults out, so one that is stated on one side alone may have its default.
  func differing(from others: [any NodeAttribute]) throws -> Name? {
    for attribute in self {
      if let other = others.first(where: { $0.name == attribute.name }) {
        if try !attribute.statesSame(as: other) { return attribute.name }
      } else if try !attribute.hasDefault {
        return attribute.name
      }
    }
    return try others.first { other in
      try !contains { $0.name == other.name } && !other.hasDefault
    }?.name
  }
}

extension NodeAttribute {
  /// Whether the value is the one that every operator with an attribute of this name has by default.
  ///
  /// Attributes whose default depends on the operator are not among them.
  fileprivate var hasDefault: Bool {
    get throws {
      guard !isReference else { return false }
      switch name.description {
      case "strides", "dilations": return integers.allSatisfy { $0 == 1 }
      case "pads", "output_padding": return integers.allSatisfy { $0 == 0 }
      case "group": return try integer() == 1
      case "auto_pad": return string == "NOTSET"
      case "ceil_mode", "storage_order", "count_include_pad", "transA", "transB", "training_mode", "allowzero":
        return try integer() == 0
      case "momentum": return try float() == 0.9
      case "epsilon": return try float() == 1e-5
      default: return false
      }
    }
  }
}
