/// How much looking round is left for a model and for the move that is being tried.
///
/// A visit is one value on a map's way, or one operator that is asked, or a few branches of sums; a map of many channels
/// and steps counts as several. No model that was made to be run comes near the limits, which keep a graph that was made to be slow from
/// taking minutes.
struct SearchBudget {
  /// The most visits of one move.
  static var moveLimit: Int { 1 << 16 }

  /// The most visits of a whole plan, and how many more for each operator.
  static var planLimit: Int { 1 << 20 }
  static var visitsPerOperator: Int { 256 }

  /// How many branches and sums are looked at in one visit.
  static var branchesPerVisit: Int { 16 }

  /// How many channels of one step make one more visit.
  private static var channelsPerVisit: Int { 256 }

  /// The most visits of the plan.
  let limit: Int

  /// Those of each move.
  private let moveLimit: Int

  private(set) var visits = 0
  private var moveVisits = 0

  init(operators: Int, moveLimit: Int = SearchBudget.moveLimit) {
    limit = Self.planLimit + Self.visitsPerOperator * operators
    self.moveLimit = moveLimit
  }

  /// Begins a move.
  mutating func begin() { moveVisits = 0 }

  /// Counts one visit.
  ///
  /// - Returns: Why the search ends, nil where it may go on.
  mutating func visit(_ map: TravellingMap) -> DeclineReason? {
    visit(1 + map.affine.channels * map.affine.steps.count / Self.channelsPerVisit)
  }

  mutating func visit(_ count: Int = 1) -> DeclineReason? {
    visits += count
    moveVisits += count
    return obstacle
  }

  /// Why the search ends, nil where it may go on.
  var obstacle: DeclineReason? {
    if visits > limit {
      return DeclineReason(.searchLimit, "the search for ways through the model ended after \(limit) visits")
    }
    if moveVisits > moveLimit {
      return DeclineReason(.searchLimit, "the search for its way ended after \(moveLimit) visits")
    }
    return nil
  }
}
