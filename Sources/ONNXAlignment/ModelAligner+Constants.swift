import Equivalence
import ModelGraph
import ONNXEvaluation
import Tensors

extension ModelAligner {
  /// What a candidate's constants would be if it could store every number, where nodes make them in the original and
  /// both are the same as far as they are stored.
  ///
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  /// - Complexity: O(elements of all that is made of such constants).
  func exactResults(
    _ original: GraphScope, _ candidate: GraphScope
  ) throws -> [ValueID: () throws -> Tensor] {
    var result: [ValueID: () throws -> Tensor] = [:]
    for name in candidate.storedNames where original.isMade(name) && original.isRounded(name) {
      guard try isSame(name, name, original, candidate), let place = candidate.place(of: name) else { continue }
      result[place] = {
        guard let exact = try original.value(of: name, precision: .float64) else {
          throw EvaluationError(.invalidModel, "'\(name)' cannot be put in place of what is stored")
        }
        return exact
      }
    }
    return result
  }
}
