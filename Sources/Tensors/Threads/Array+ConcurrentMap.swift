import Dispatch
import Synchronization

extension Array {
  /// How many elements are worked on at the same time: the memory of all of them is held at once.
  private static var width: Int { 4 }

  /// What each element gives, some at the same time.
  ///
  /// - Parameter transform: Touches no state that it shares with another element, but for what is made for that.
  /// - Throws: What it throws for the first element for which it does.
  package func concurrentMap<Result: Sendable>(_ transform: @escaping (Element) throws -> Result) throws -> [Result] {
    guard SystemThreads.areAvailable else { return try map(transform) }
    let work = Work(self, transform)
    DispatchQueue.concurrentPerform(iterations: Swift.min(count, Self.width)) { _ in work.run() }
    return try work.results()
  }
}

// Elements and transform are only read; who may share them says the caller.
private final class Work<Element, Outcome: Sendable>: @unchecked Sendable {
  private let elements: [Element]
  private let transform: (Element) throws -> Outcome
  private let next = Atomic(0)
  /// What this thread counts against, so that the others do too.
  private let ledger = Ledger.current
  private let outcomes: Mutex<[Result<Outcome, any Error>?]>

  init(_ elements: [Element], _ transform: @escaping (Element) throws -> Outcome) {
    self.elements = elements
    self.transform = transform
    outcomes = Mutex(Array(repeating: nil, count: elements.count))
  }

  /// Works until no element is left.
  func run() {
    while case let index = next.add(1, ordering: .relaxed).oldValue, index < elements.count {
      let outcome = Result { try Ledger.$current.withValue(ledger) { try transform(elements[index]) } }
      outcomes.withLock { $0[index] = outcome }
    }
  }

  func results() throws -> [Outcome] { try outcomes.withLock { $0 }.compactMap { try $0?.get() } }
}
