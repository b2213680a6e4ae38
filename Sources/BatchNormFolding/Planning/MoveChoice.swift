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

  var merges: Bool { self == .mergedBackward || self == .mergedForward }

  var isForward: Bool { self == .forward || self == .mergedForward }
}
