import BatchNormFolding
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Every edit that a plan asks of a model, listed before any is made.
struct ModelPatch {
  /// A tensor that the model does not have yet.
  struct NewTensor {
    let name: Name
    let type: DataType
    let shape: [Int]
    let content: PayloadContent
    /// The node that reads it, or that made it.
    let reader: OperatorID
    /// Whether a node has to make it wherever it is.
    var needsNode = false
  }

  /// A node that the model does not have yet, to stand right behind another.
  struct NewNode {
    let predecessor: OperatorID
    let type: Name
    let name: Name
    let inputs: [Name]
    let output: Name
    let integers: [(Name, Int)]
    /// The node whose other attributes it has.
    var attributes: OperatorID?
  }

  var removedNodes: Set<OperatorID> = []
  /// Nodes that only hand a value on under another name.
  var identities: [OperatorID: (input: Name, output: Name)] = [:]
  var inputs: [(node: OperatorID, index: Int, name: Name)] = []
  /// Inputs that nodes do without.
  var droppedInputs: [OperatorID: Set<Int>] = [:]
  var outputs: [(node: OperatorID, index: Int, name: Name)] = []
  /// How many of its outputs a node keeps that has more.
  var keptOutputs: [OperatorID: Int] = [:]
  var removedAttributes: [OperatorID: Set<Name>] = [:]
  var floats: [(node: OperatorID, attribute: Name, value: Float)] = []
  var integers: [(node: OperatorID, attribute: Name, value: Int)] = []
  var contents: [(tensor: TensorView, content: PayloadContent)] = []
  /// Names of what bodies and functions hand out, and of what is handed into functions.
  var scopeOutputs: [Int: [Int: Name]] = [:]
  var scopeInputs: [Int: [Int: Name]] = [:]
  /// New elements for ConstantOfShape nodes, one each.
  var splats: [(node: OperatorID, type: DataType, content: PayloadContent)] = []
  var newTensors: [NewTensor] = []
  var newNodes: [NewNode] = []

  /// Per scope.
  var removedInitializers: [Int: Set<Name>] = [:]
  var removedValues: [Int: Set<Name>] = [:]
  /// Graph inputs that offered to override what is now folded.
  var removedInputs: [Int: Set<Name>] = [:]

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
  var writesInference: Bool { !removedAttributes.isEmpty || !droppedInputs.isEmpty }
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
