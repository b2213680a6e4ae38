import Tensors

/// Which branch of a sum is to have the shift of a map that goes back through it.
extension FoldPlanner {
  /// How well the operators before a value take a shift in.
  private enum ShiftRoom: Int, Comparable {
    case none
    /// By another operator behind one of them.
    case withAddition
    case free

    static func < (a: ShiftRoom, b: ShiftRoom) -> Bool { a.rawValue < b.rawValue }
  }

  /// The first of the branches that take a shift best.
  ///
  /// - Complexity: O(operators before them), of which at most 256 are looked at.
  mutating func branchForShift(of branches: [ValueID]) -> Int {
    var budget = 256
    var best = (branch: 0, room: ShiftRoom.none)
    for (branch, value) in branches.enumerated() where best.room < .free {
      let room = shiftRoom(before: value, &budget)
      if room > best.room { best = (branch, room) }
    }
    return best.branch
  }

  private mutating func shiftRoom(before value: ValueID, _ budget: inout Int) -> ShiftRoom {
    var value = value
    while budget > 0 {
      budget -= 1
      guard let producer = work.producer(of: work.resolve(value)) else { return .none }
      switch graph[producer].role {
      case .linear(let linear): return linear.holdsBias || drafts[producer]?.holder != nil ? .free : .withAddition
      case .carrier(let carrier) where carrier.shiftObstacle != nil: return .none
      case .affine, .carrier, .split: break
      case .passage:
        guard let input = work.handedIn(for: work.resolve(value), by: producer) else { return .none }
        value = input
        continue
      case .sum:
        let branches = work.inputs(of: producer)
        return branches.map { shiftRoom(before: $0, &budget) }.max() ?? .none
      case .concatenation:
        let parts = work.inputs(of: producer)
        return parts.map { shiftRoom(before: $0, &budget) }.min() ?? .none
      case .normalization: return .free
      case .opaque: return .none
      }
      guard let input = graph[producer].inputs.first else { return .none }
      value = input
    }
    return .withAddition
  }
}
