/// Memory that is counted as held until the last tensor that shares it is gone.
final class MemoryLease: Sendable {
  private let budget: RunBudget
  private let bytes: Int

  /// - Throws: `limitReached` where the budget has not so much left.
  init(bytes: Int, of budget: RunBudget) throws(EvaluationError) {
    try budget.hold(bytes: bytes)
    self.budget = budget
    self.bytes = bytes
  }

  deinit { budget.release(bytes: bytes) }
}
