import ModelGraph
import ProtobufIO
import Tensors

extension Graph {
  /// Whether any number of the model is stored, declared or made as `float64`.
  ///
  /// A value that only an operator of its own makes is not seen.
  ///
  /// - Complexity: O(nodes + attributes).
  var holdsDoubles: Bool {
    constants.contains { $0.tensor.element == .float64 }
      || scopes.contains { scope in
        scope.inputs.contains { $0.type.element == .float64 } || scope.outputs.contains { $0.type.element == .float64 }
          || scope.function?.defaults.contains { $0.tensor?.element == .float64 } ?? false
      } || nodes.contains { $0.attributes.contains(where: Self.speaksOfDoubles) }
  }

  private static func speaksOfDoubles(_ attribute: any NodeAttribute) -> Bool {
    switch attribute.name {
    case "to", "dtype": (try? attribute.integer()) == doubleNumber || attribute.string == "DOUBLE"
    case "sparse_value": attribute.sparseTensor?.element == .float64
    default: attribute.tensor?.element == .float64
    }
  }

  /// The number of `float64` in `TensorProto.DataType`.
  private static var doubleNumber: Int { 11 }
}
