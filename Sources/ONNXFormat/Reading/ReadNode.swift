import BatchNormFolding
import ONNXModel
import ProtobufIO
import RecordedData

/// One node with its names resolved.
struct ReadNode {
  let view: NodeView
  let scope: Int

  /// The node's position in its scope.
  let index: Int
  let operatorType: String

  /// Whether ONNX itself defines the operator, so that its name means what the specification says.
  let isStandard: Bool
  let opset: Int

  /// nil for an input or output that is left out.
  let inputs: [ValueID?]
  let outputs: [ValueID?]

  /// The scopes of its subgraphs.
  let bodies: [Int]

  func input(_ index: Int) -> ValueID? { index < inputs.count ? inputs[index] : nil }

  /// The input whose element type the outputs of most operators have; the first of Where is what it chooses by.
  var typeGiver: ValueID? { input(operatorType == "Where" ? 1 : 0) }

  /// Which inputs' contents matter, rather than their shapes or their types alone.
  var contentUse: ContentUse { isStandard ? ContentUse(of: operatorType) : .all }

  /// An integer attribute or its default.
  func integer(_ name: Name, default value: Int) throws(ModelFileError) -> Int {
    try view.attribute(name)?.integer() ?? value
  }

  /// A float attribute or its default, as the stored float32.
  func float(_ name: Name, default value: Float) throws(ModelFileError) -> Float {
    try view.attribute(name)?.float() ?? value
  }

  /// Which axis of its input each axis of a Transpose's output is: those it names, or all of them reversed.
  func permutation(rank: Int) -> [Int] { view.attribute("perm")?.integers ?? Array((0..<rank).reversed()) }

  /// Whether a Transpose of that many axes swaps the last two.
  func swapsLastAxes(rank: Int) -> Bool {
    rank >= 2 && permutation(rank: rank) == Array(0..<rank - 2) + [rank - 1, rank - 2]
  }

  /// Whether an attribute takes its value from the call of the function around.
  var hasReferenceAttributes: Bool { view.attributes.contains { $0.isReference } }
}
