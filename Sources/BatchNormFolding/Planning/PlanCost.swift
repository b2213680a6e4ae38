import Tensors

/// What a plan leaves and adds; of two plans the lesser is better.
struct PlanCost: Equatable {
  /// Norms that stay.
  var normsLeft = 0

  /// Bytes of copied weights, and of biases that operators without one need an addition for.
  var addedBytes = 0

  /// Norms that go another way than backward.
  var notBackward = 0

  /// Norms that go sideways.
  var sideways = 0

  /// Whether another plan could leave fewer norms, or add less.
  var isImprovable: Bool { normsLeft > 0 || addedBytes > 0 }
}

extension PlanCost: Comparable {
  static func < (one: PlanCost, other: PlanCost) -> Bool {
    (one.normsLeft, one.addedBytes, one.notBackward, one.sideways)
      < (other.normsLeft, other.addedBytes, other.notBackward, other.sideways)
  }
}

extension FoldPlanner {
  /// What the plan so far leaves and adds.
  var cost: PlanCost {
    var cost = PlanCost()
    for id in graph.normalizations {
      guard work.isRemoved[id.index] else {
        cost.normsLeft += 1
        continue
      }
      guard let move = moves[id] else { continue }
      cost.addedBytes += move.addedBytes
      cost.notBackward += move.direction == .backward ? 0 : 1
      cost.sideways += move.direction == .sideways ? 1 : 0
    }
    return cost
  }

  /// The norms that another plan may do better with: those that add bytes, and those that stay because of others.
  var improvableNorms: [OperatorID] {
    graph.normalizations.filter { id in
      if work.isRemoved[id.index] { return moves[id].map { $0.addedBytes > 0 } ?? false }
      return contenders.contains(id) || refusals[id] != nil || hasMerged(id)
    }
  }

  /// Whether a norm has taken other norms in.
  private func hasMerged(_ id: OperatorID) -> Bool {
    drafts[id]?.operators.contains { graph[$0].normalization != nil } ?? false
  }
}
