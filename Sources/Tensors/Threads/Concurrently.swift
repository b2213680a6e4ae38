import Dispatch
import Synchronization

/// Does two things at the same time, the second on a thread of its own.
///
/// The two must not touch the same state, but for what is made for that. Both have ended when this returns, and
/// nothing holds the second any more.
///
/// - Throws: What the first throws, else what the second does.
package func concurrently(_ first: () throws -> Void, _ second: @escaping () throws -> Void) throws {
  let task = Task(body: second)
  let queue = DispatchQueue(label: "bnfuse.second")
  queue.async { task.run() }
  defer { queue.sync {} }
  try first()
  queue.sync {}
  if let failure = task.failure { throw failure }
}

// The second thread alone touches it, from when it is handed over until the queue is empty again.
private final class Task: @unchecked Sendable {
  private let body: () throws -> Void
  private(set) var failure: (any Error)?

  init(body: @escaping () throws -> Void) { self.body = body }

  func run() {
    do { try body() } catch { failure = error }
  }
}
