/// How a norm is to leave, where the planner's own order is not to decide.
enum MoveChoice: Hashable {
  case backward
  case forward
  case sideways

  /// Into norms before it that stay.
  case mergedBackward

  /// Into norms behind it that stay.
  case mergedForward

  /// In whatever way is left once all others have moved.
  case last

  /// How a norm is said to go so, nil where that is open.
  var direction: FoldPlan.Direction? {
    switch self {
    case .backward: .backward
    case .forward: .forward
    case .sideways: .sideways
    case .mergedBackward, .mergedForward: .merged
    case .last: nil
    }
  }

  var merges: Bool { direction == .merged }

  var isForward: Bool { self == .forward || self == .mergedForward }
}
