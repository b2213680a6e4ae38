import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

@testable import ONNXFormat

/// The edits of a patch by their kinds.
extension ModelPatch {
  var removedNodes: Set<OperatorID> { Set(all { if case .removeNode(let id) = $0 { id } else { nil } }) }

  var inputs: [(node: OperatorID, index: Int, name: Name)] {
    all { if case .setInput(let id, let place, let name) = $0 { (id, place, name) } else { nil } }
  }

  var outputs: [(node: OperatorID, index: Int, name: Name)] {
    all { if case .setOutput(let id, let place, let name) = $0 { (id, place, name) } else { nil } }
  }

  var droppedInputs: [OperatorID: Set<Int>] {
    Dictionary(
      uniqueKeysWithValues: all { if case .removeInputs(let id, let places) = $0 { (id, places) } else { nil } })
  }

  var floats: [(node: OperatorID, attribute: Name, value: Float)] {
    all { if case .setAttribute(let id, let name, .float(let number)) = $0 { (id, name, number) } else { nil } }
  }

  var integers: [(node: OperatorID, attribute: Name, value: Int)] {
    all { if case .setAttribute(let id, let name, .integer(let number)) = $0 { (id, name, number) } else { nil } }
  }

  var splats: [(node: OperatorID, type: ElementType, content: PayloadContent)] {
    all {
      if case .setAttribute(let id, _, .tensor(let type, _, let content)) = $0 { (id, type, content) } else { nil }
    }
  }

  var contents: [(tensor: TensorView, content: PayloadContent)] {
    all {
      if case .setContents(let tensor, let content) = $0, let tensor = tensor as? TensorView {
        (tensor, content)
      } else {
        nil
      }
    }
  }

  var newTensors: [GraphEdit.NewTensor] { all { if case .addTensor(let tensor) = $0 { tensor } else { nil } } }

  var newNodes: [GraphEdit.NewNode] { all { if case .addNode(let node) = $0 { node } else { nil } } }

  var removedInitializers: [Int: Set<Name>] {
    names { if case .removeConstant(let value) = $0 { value } else { nil } }
  }

  var removedValues: [Int: Set<Name>] { names { if case .forget(let value) = $0 { value } else { nil } } }

  var removedInputs: [Int: Set<Name>] { names { if case .removeInput(let value) = $0 { value } else { nil } } }

  private func all<Fact>(_ fact: (GraphEdit) -> Fact?) -> [Fact] { edits.compactMap(fact) }

  private func names(_ value: (GraphEdit) -> ValueID?) -> [Int: Set<Name>] {
    all(value).reduce(into: [:]) { $0[graph[$1].scope, default: []].insert(graph[$1].name) }
  }
}
