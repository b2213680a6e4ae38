import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// What a plan asks of a model: the edits, before any is made, and what the report says of them.
struct ModelPatch {
  /// What was read.
  let graph: Graph

  var edits: [GraphEdit] = []

  /// The weights that stream through a transform.
  var weights: [any WeightOutcome] = []
  var renamings: [Renaming] = []
  /// The new name of a linear operator's output, where it is not the norm's.
  var newOutputNames: [OperatorID: Name] = [:]
  /// What an addition behind a linear operator writes.
  var biasedOutputNames: [OperatorID: Name] = [:]
  /// Norms in whose place a constant stands.
  var storedNorms: Set<OperatorID> = []
  /// By the index of the fold.
  var warnings: [Int: [FoldWarning]] = [:]

  /// Whether nodes that stay say other things than they did, though nothing folds.
  var writesInference: Bool {
    edits.contains { edit in
      switch edit {
      case .removeAttributes, .removeInputs: true
      default: false
      }
    }
  }
}

/// An intermediate value whose contents changed, so that it got a new name.
package struct Renaming: Sendable {
  package let old: String
  package let new: String

  /// Per channel: the new value is `scale · old + shift`.
  package let scale: [Double]
  package let shift: [Double]
  /// Which axis of the value has the channels.
  package let channelAxis: Int
}
