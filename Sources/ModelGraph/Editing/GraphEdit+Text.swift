import ProtobufIO
import Tensors

extension GraphEdit {
  /// The edit in one line, for people.
  package func text(in graph: Graph) -> String {
    switch self {
    case .removeNode(let id): "remove \(graph.title(of: id))"
    case .handOn(let id, let input, let output): "let \(graph.title(of: id)) hand '\(input)' on as '\(output)'"
    case .setInput(let id, let place, let name): "let \(graph.title(of: id)) read '\(name)' as input \(place)"
    case .removeInputs(let id, let places):
      "take input \(places.sorted().map(String.init).joined(separator: ", ")) from \(graph.title(of: id))"
    case .setOutput(let id, let place, let name): "let \(graph.title(of: id)) make '\(name)' as output \(place)"
    case .keepOutputs(let id, let count): "keep \(count) outputs of \(graph.title(of: id))"
    case .setAttribute(let id, let name, let value): "set \(name) of \(graph.title(of: id)) to \(value.text)"
    case .removeAttributes(let id, let names):
      "take \(names.map(\.description).sorted().joined(separator: ", ")) from \(graph.title(of: id))"
    case .setContents(let tensor, let content):
      "store \(content.byteCount) other bytes in \(graph.title(of: tensor))"
    case .addTensor(let tensor):
      "add the tensor '\(tensor.name)', \(tensor.type.rawValue) \(tensor.shape), for \(graph.title(of: tensor.reader))"
    case .addNode(let node):
      "add \(node.type) '\(node.name)', which makes '\(node.output)', behind \(graph.title(of: node.predecessor))"
    case .renameInput(let scope, let place, let name): "call input \(place) of \(graph.scopes[scope].path) '\(name)'"
    case .renameOutput(let scope, let place, let name): "call output \(place) of \(graph.scopes[scope].path) '\(name)'"
    case .removeConstant(let value): "remove the tensor '\(graph[value].name)'"
    case .forget(let value): "forget what is noted of '\(graph[value].name)'"
    case .removeInput(let value): "take '\(graph[value].name)' from the inputs"
    }
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

extension Graph {
  fileprivate func title(of id: OperatorID) -> String {
    let node = self[id]
    let name = node.name.isEmpty ? node.output(0).map { self[$0].name } : node.name
    return "\(node.operatorType) '\(name ?? "")'"
  }

  /// - Complexity: O(constants).
  fileprivate func title(of tensor: any StoredTensor) -> String {
    let place = tensor.place
    guard let constant = constants.first(where: { $0.tensor.place == place }) else {
      return "a tensor of \(tensor.shape) in a node"
    }
    return "'\(self[constant.value].name)'"
  }
}
