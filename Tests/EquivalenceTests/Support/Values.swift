import Equivalence
import Tensors

/// A tensor that a test states.
func stated(_ tensor: () throws -> Tensor) -> Tensor {
  guard let tensor = try? tensor() else { preconditionFailure("a stated tensor must hold what its shape says") }
  return tensor
}

/// A tensor of one axis.
func vector(_ elements: [Float]) -> Value {
  .tensor(stated { try Tensor(shape: [elements.count], elements) })
}

func integers(_ elements: [Int64]) -> Value {
  .tensor(stated { try Tensor(shape: [elements.count], elements) })
}

func doubles(_ elements: [Double]) -> Value {
  .tensor(stated { try Tensor(shape: [elements.count], kind: .float64, elements: .float64(elements)) })
}

func texts(_ elements: [String]) -> Value {
  .tensor(
    stated { try Tensor(shape: [elements.count], kind: .string, elements: .text(elements.map { Array($0.utf8) })) })
}

func truths(_ elements: [Bool]) -> Value {
  .tensor(stated { try Tensor(shape: [elements.count], kind: .bool, elements: .boolean(elements)) })
}

extension Tolerance {
  /// None at all.
  static let none = Tolerance(relative: 0, absolute: 0)
}

extension UnexecutedNode {
  init(_ type: String, _ output: String, node: String = "", because reason: String, isConsequence: Bool = false) {
    self.init(node: node, operator: type, output: output, reason: reason, isConsequence: isConsequence)
  }
}
