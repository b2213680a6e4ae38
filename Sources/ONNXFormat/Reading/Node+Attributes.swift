import ModelGraph
import ProtobufIO
import Tensors

/// A node as the ONNX specification reads it.
extension Graph.Node {
  /// The scopes of its subgraphs.
  var bodyScopes: [Int] { bodies.map(\.scope) }

  /// The input whose element type the outputs of most operators have; the first of Where is what it chooses by.
  var typeGiver: ValueID? { input(operatorType == "Where" ? 1 : 0) }

  /// Which inputs' contents matter, rather than their shapes or their types alone.
  var contentUse: ContentUse { isStandard ? ContentUse(of: operatorType) : .all }

  /// An integer attribute or its default.
  func integer(_ name: Name, default value: Int) throws(ModelFileError) -> Int {
    try attribute(name)?.integer() ?? value
  }

  /// A float attribute or its default, as the stored float32.
  func float(_ name: Name, default value: Float) throws(ModelFileError) -> Float {
    try attribute(name)?.float() ?? value
  }

  /// Which axis of its input each axis of a Transpose's output is: those it names, or all of them reversed.
  func permutation(rank: Int) -> [Int] { attribute("perm")?.integers ?? Array((0..<rank).reversed()) }

  /// Whether a Transpose of that many axes swaps the last two.
  func swapsLastAxes(rank: Int) -> Bool {
    rank >= 2 && permutation(rank: rank) == Array(0..<rank - 2) + [rank - 1, rank - 2]
  }

  /// Whether an attribute takes its value from the call of the function around.
  var hasReferenceAttributes: Bool { attributes.contains { $0.isReference } }
}
