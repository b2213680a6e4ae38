import ModelGraph
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import Tensors

extension ModelBytes {
  /// What was said of the model's values, by their names.
  func named<Fact>(_ facts: [ValueID: Fact]) throws -> [String: Fact] {
    let graph = try importedGraph(in: TemporaryFolder())
    return Dictionary(uniqueKeysWithValues: facts.map { (graph[$0].name.description, $1) })
  }
}
