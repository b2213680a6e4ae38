import Tensors

/// What a Slice takes along one axis.
struct SliceCut {
  /// The axis as the model numbers it.
  let axis: Int
  let start: Dimension
  let end: Dimension
  let step: Dimension

  /// How many places of an axis are taken.
  func size(of whole: Dimension) -> Dimension {
    if let size = whole.size { return places(of: size).map { .size($0.count) } ?? .unknown }
    return takesAll(of: whole) ? whole : .unknown
  }

  /// Whether every place of an axis is surely taken, in order.
  func takesAll(of whole: Dimension) -> Bool {
    if let size = whole.size { return places(of: size).map { $0 == (0, size, 1) } ?? false }
    // The specification names the largest integer of either type as the end of an axis that is not known.
    let reachesEnd = (end.size ?? 0) >= Int(Int32.max) || (end == whole && end != .unknown)
    return start == .size(0) && step == .size(1) && reachesEnd
  }

  /// The places that are taken of an axis of a known size, nil where the cut is not known.
  func places(of size: Int) -> (first: Int, count: Int, step: Int)? {
    guard let start = start.size, let end = end.size, let step = step.size, step != 0, step != .min else { return nil }
    guard size > 0 else { return (0, 0, step) }
    // Backwards, the specification's text ends such a cut where it begins, and runtimes end it at the first place.
    guard step > 0 || end < Int(Int32.max) else { return nil }
    func clamped(_ place: Int, to range: ClosedRange<Int>) -> Int {
      min(max(place < 0 ? place + size : place, range.lowerBound), range.upperBound)
    }
    let first = clamped(start, to: step > 0 ? 0...size : 0...(size - 1))
    let last = clamped(end, to: step > 0 ? 0...size : -1...(size - 1))
    let length = step > 0 ? last - first : first - last
    return (first, length > 0 ? (length - 1) / abs(step) + 1 : 0, step)
  }
}
