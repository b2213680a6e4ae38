import Tensors

@testable import BatchNormFolding

extension FoldPlan {
  /// The reason of each norm that stays, nil for each that goes.
  var reasons: [DeclineReason?] {
    outcomes.map { if case .declined(let reason) = $0.result { reason } else { nil } }
  }

  var codes: [String?] { reasons.map { $0?.code.text } }

  /// How each norm that goes does.
  var moves: [Move?] {
    outcomes.map { if case .moved(let move) = $0.result { move } else { nil } }
  }

  var directions: [Direction?] { moves.map { $0?.direction } }

  /// What each norm that goes passes.
  var through: [[OperatorID]?] { moves.map { $0?.through } }

  /// The operators that take something in, in the order of the folds.
  var targets: [OperatorID] { folds.map(\.linear) }

  /// The value that an operator's first output is in the end.
  func output(of id: OperatorID, in builder: GraphBuilder) -> ValueID? {
    builder.graph[id].outputs.first.map { successors[$0] ?? $0 }
  }
}

extension Fold {
  /// What the elements of a weight become.
  func weights(_ stored: [Double]) -> [Double] {
    arithmetic.scaled(stored, map: form.weightMap).values
  }
}
