package import Equivalence
import ONNXEvaluation
package import Tensors

/// What two models have in common, and where one has what is a fold in the other.
package struct ModelAlignment {
  package var certification: Certification
  /// The folds of the main graph, in the order of its nodes.
  package var pieces: [FoldPiece] = []
  /// The candidate's name of a value, by the original's, where it is another one.
  package var renamed: [String: String]
  /// The exact parameters of all folds in place of what the candidate stores; nil where some fold's are not to be
  /// had, since another node reads the same tensor or a node rounds it.
  package var exactConstants: [ValueID: () throws -> Tensor]? = [:]
  /// What the candidate stores for its folds.
  var folded: [FoldedParameters] = []

  /// That with each number moved by a unit in the last place, up or down as a seed says.
  ///
  /// - Complexity: O(folds); the numbers are made when they are read.
  package func movedConstants(seed: Int) -> [ValueID: () throws -> Tensor] {
    folded.reduce(into: [:]) { constants, parameters in
      constants.merge(parameters.moved(seed: seed) ?? [:], uniquingKeysWith: { first, _ in first })
    }
  }
}
