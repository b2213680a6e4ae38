import ProtobufIO
import Tensors

/// Tells edits of one graph to people.
package struct EditTeller {
  private let graph: Graph
  private let constants: [TensorPlace: ValueID]

  /// - Complexity: O(constants).
  package init(_ graph: Graph) {
    self.graph = graph
    constants = Dictionary(
      graph.constants.map { ($0.tensor.place, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// The edit in one line.
  package func text(of edit: GraphEdit) -> String {
    switch edit {
    case .removeNode(let id): "remove \(title(of: id))"
    case .handOn(let id, let input, let output): "let \(title(of: id)) hand '\(input)' on as '\(output)'"
    case .setInput(let id, let place, let name): "let \(title(of: id)) read '\(name)' as input \(place)"
    case .removeInputs(let id, let places):
      "take input \(places.sorted().map(String.init).joined(separator: ", ")) from \(title(of: id))"
    case .setOutput(let id, let place, let name): "let \(title(of: id)) make '\(name)' as output \(place)"
    case .keepOutputs(let id, let count): "keep \(count) outputs of \(title(of: id))"
    case .setAttribute(let id, let name, let value): "set \(name) of \(title(of: id)) to \(value.text)"
    case .removeAttributes(let id, let names):
      "take \(names.map(\.description).sorted().joined(separator: ", ")) from \(title(of: id))"
    case .setContents(let tensor, let content):
      "store \(content.byteCount) other bytes in \(title(of: tensor))"
    case .addTensor(let tensor):
      "add the tensor '\(tensor.name)', \(tensor.type.rawValue) \(tensor.shape), for \(title(of: tensor.reader))"
    case .addNode(let node):
      "add \(node.type) '\(node.name)', which makes '\(node.output)', behind \(title(of: node.predecessor))"
    case .renameInput(let scope, let place, let name): "call input \(place) of \(graph.scopes[scope].path) '\(name)'"
    case .renameOutput(let scope, let place, let name): "call output \(place) of \(graph.scopes[scope].path) '\(name)'"
    case .removeConstant(let value): "remove the tensor '\(graph[value].name)'"
    case .forget(let value): "forget what is noted of '\(graph[value].name)'"
    case .removeInput(let value): "take '\(graph[value].name)' from the inputs"
    }
  }

  private func title(of id: OperatorID) -> String {
    let node = graph[id]
    let name = node.name.isEmpty ? node.output(0).map { graph[$0].name } : node.name
    return "\(node.operatorType) '\(name ?? "")'"
  }

  private func title(of tensor: any StoredTensor) -> String {
    constants[tensor.place].map { "'\(graph[$0].name)'" } ?? "a tensor of \(tensor.shape) in a node"
  }
}

extension GraphEdit.NewAttribute {
  fileprivate var text: String {
    switch self {
    case .float(let number): "\(number)"
    case .integer(let number): "\(number)"
    case .tensor(let type, let shape, _): "a tensor, \(type.rawValue) \(shape)"
    }
  }
}
