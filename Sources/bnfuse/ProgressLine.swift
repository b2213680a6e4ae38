import BatchNormFusion

/// A line that says how far the work is, for a person who has waited a moment.
final class ProgressLine {
  private let isShown: Bool
  private let start = ContinuousClock.now
  private var last = ContinuousClock.now
  private var isVisible = false

  init(isShown: Bool) { self.isShown = isShown }

  /// Shows the share written, at most ten times a second and not in the first half.
  func show(_ written: Int, _ total: Int) {
    guard isShown, total > 0 else { return }
    let now = ContinuousClock.now
    guard now - start > .milliseconds(500), now - last > .milliseconds(100) else { return }
    last = now
    isVisible = true
    StandardError.write("\r\(written / (total / 100 + 1)) % of \(total / 1_000_000) MB written")
  }

  /// Takes the line away.
  func clear() {
    if isVisible { StandardError.write("\r\u{1B}[K") }
    isVisible = false
  }
}
