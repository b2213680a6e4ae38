import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData

/// What says of a BatchNormalization or a Dropout that it trains.
///
/// Whatever says so counts, also in an operator set that does not have it: an attribute that the operator lacks there
/// was written by somebody who meant it.
struct TrainingMark {
  /// The attributes that say it.
  static let attributes: Set<Name> = ["is_test", "training_mode"]

  /// A clause about the node.
  let text: String

  /// The mark of a node, nil where nothing says that it trains; an input that says so is not looked at.
  ///
  /// - Throws: `malformed` where an attribute is of another type.
  init?(of node: Graph.Node) throws(ModelFileError) {
    let isOld = node.version < 7
    let outputs = node.outputs.count { $0 != nil }
    if let reference = node.attributes.first(where: { $0.isReference && Self.attributes.contains($0.name) }) {
      text = "it may be in training mode: its \(reference.name) comes from the call of the function around it"
    } else if try node.integer("is_test", default: isOld ? 0 : 1) == 0 {
      text = "it is in training mode: is_test is \(node.attribute("is_test") == nil ? "not set" : "0")"
    } else if try node.integer("training_mode", default: 0) != 0 {
      text = "it is in training mode: training_mode is set"
    } else if node.operatorType == "BatchNormalization", outputs > 1 {
      text = "it is in training mode: it has \(outputs) outputs"
    } else {
      return nil
    }
  }
}

extension ModelReading {
  /// Whether an input of a Dropout may say that it trains.
  func trainsByInput(_ dropout: Graph.Node) throws(ModelFileError) -> Bool {
    guard dropout.version >= 12, let training = dropout.input(2) else { return false }
    return try integers(training) != [0]
  }
}
