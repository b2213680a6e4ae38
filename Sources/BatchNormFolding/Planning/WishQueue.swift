import Tensors

/// Wishes that are still to be followed, those for values that no others lead to first.
///
/// What divides and joins again asks of one value several times. Such wishes are joined while they wait, so that a
/// value is followed once, however many ways lead to it.
struct WishQueue {
  /// A heap whose first place has the lowest rank.
  private var heap: [(rank: Int, value: ValueID)] = []
  private var waiting: [ValueID: Wish] = [:]

  /// Whether a value's wish is waiting.
  func contains(_ value: ValueID) -> Bool { waiting[value] != nil }

  /// Adds a wish for a value under its present name.
  ///
  /// - Parameter rank: Lower than that of every value that the value's wish may lead to.
  /// - Returns: false where the value is already wished to be what a map of other channels makes of it.
  /// - Complexity: O(log wishes), and O(channels × steps) where they are joined.
  mutating func add(_ wish: Wish, rank: Int) -> Bool {
    if let other = waiting[wish.value] {
      guard let joined = other.joined(with: wish) else { return false }
      waiting[wish.value] = joined
      return true
    }
    waiting[wish.value] = wish
    heap.append((rank, wish.value))
    var place = heap.count - 1
    while place > 0, isBefore(place, (place - 1) / 2) {
      heap.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
    return true
  }

  /// Takes the wish of the lowest rank, nil where none is left.
  mutating func popFirst() -> Wish? {
    guard let first = heap.first else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var place = 0
    while case var next = 2 * place + 1, next < heap.count {
      if next + 1 < heap.count, isBefore(next + 1, next) { next += 1 }
      guard isBefore(next, place) else { break }
      heap.swapAt(place, next)
      place = next
    }
    return waiting.removeValue(forKey: first.value)
  }

  private func isBefore(_ one: Int, _ other: Int) -> Bool {
    (heap[one].rank, heap[one].value.index) < (heap[other].rank, heap[other].value.index)
  }
}

extension Wish {
  /// One wish for a value that two ways lead to; nil where they speak of other channels.
  fileprivate func joined(with other: Wish) -> Wish? {
    map.joined(with: other.map).map { Wish(map: $0, value: value, isKept: isKept || other.isKept) }
  }
}
