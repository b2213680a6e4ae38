import ModelGraph
import ProtobufIO

/// A node whose names are resolved to slots.
struct PreparedNode {
  let name: Name
  let operatorType: String
  /// Empty for ONNX's own operators.
  let domain: Name
  /// The version of the operator set that gives the operator its meaning.
  let version: Int
  let outputNames: [Name]
  let attributes: [Name: any NodeAttribute]
  /// nil for an optional input that is left out.
  var inputs: [Int?] = []
  var outputs: [Int?] = []
  /// The graphs in attributes, by the attribute's name.
  var subgraphs: [Name: PreparedGraph] = [:]
  /// The body, where the operator is a function of the model.
  var body: [PreparedGraph] = []
  /// The slots that no later node reads.
  var lastUses: Set<Int> = []
}
