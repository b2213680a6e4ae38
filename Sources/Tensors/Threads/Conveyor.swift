import Dispatch
import Synchronization

/// Hands elements from one thread to another, in order.
///
/// The one that puts is at most a few elements ahead of the one that takes.
package final class Conveyor<Element: Sendable>: Sendable {
  private struct State {
    var elements: [Element] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let free = DispatchSemaphore(value: 0)
  private let filled = DispatchSemaphore(value: 0)

  /// - Parameter capacity: How many elements may lie on it.
  package init(capacity: Int) {
    // A semaphore must not end below the value it began with.
    for _ in 0..<capacity { free.signal() }
  }

  /// Waits for a free place.
  ///
  /// - Returns: false where it is closed, and the element is dropped.
  package func put(_ element: Element) -> Bool {
    free.wait()
    let isOpen = state.withLock { state in
      if !state.isClosed { state.elements.append(element) }
      return !state.isClosed
    }
    (isOpen ? filled : free).signal()
    return isOpen
  }

  /// Waits for an element; nil where none is left and it is closed.
  package func take() -> Element? {
    filled.wait()
    let element = state.withLock { $0.elements.isEmpty ? nil : $0.elements.removeFirst() }
    (element == nil ? filled : free).signal()
    return element
  }

  /// Ends it from either side: nothing can be put any more, and what lies on it can still be taken.
  package func close() {
    state.withLock { $0.isClosed = true }
    free.signal()
    filled.signal()
  }
}
