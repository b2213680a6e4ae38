import Tensors

/// Reads an image at coordinates from -1 to 1, as ONNX's GridSample.
package struct GridSampler: Sendable {
  /// The sizes of the spatial axes.
  private let size: [Int]
  private let mode: String
  private let padding: String
  private let alignsCorners: Bool

  package init(size: [Int], mode: String, padding: String, alignsCorners: Bool) {
    self.size = size
    self.mode = mode
    self.padding = padding
    self.alignsCorners = alignsCorners
  }

  package var count: Int { Shape.count(of: size) }

  /// The places that a coordinate draws on, and their weights.
  ///
  /// - Parameter coordinates: One for each axis, in the order of the axes.
  package func taps(at coordinates: [Double]) -> [(place: Int, weight: Double)] {
    var taps: [(place: Int, weight: Double)] = [(0, 1)]
    for axis in size.indices {
      let along = tapsAlong(axis, at: coordinates[axis])
      taps = taps.flatMap { tap in along.map { (tap.place * size[axis] + $0.place, tap.weight * $0.weight) } }
    }
    return taps
  }

  private func tapsAlong(_ axis: Int, at coordinate: Double) -> [(place: Int, weight: Double)] {
    let length = Double(size[axis])
    let raw = alignsCorners ? (coordinate + 1) / 2 * (length - 1) : ((coordinate + 1) * length - 1) / 2
    guard raw.isFinite, abs(raw) < 1e15 else { return [] }
    let isCubic = mode == "cubic" || mode == "bicubic"
    // A cubic filter pads the image, the others the coordinate.
    let x = isCubic ? raw : padded(raw, axis)
    if mode == "nearest" { return [Int(x.rounded(.toNearestOrEven))].compactMap { place($0, axis) }.map { ($0, 1) } }
    let base = Int(x.rounded(.down))
    let filter: AxisResampling.Filter = isCubic ? .cubic(a: -0.75) : .linear
    return ((base - filter.radius + 1)...(base + filter.radius)).compactMap { candidate in
      let weight = filter.weight(Double(candidate) - x)
      guard weight != 0, let place = place(candidate, axis) else { return nil }
      return (place, weight)
    }
  }

  /// A coordinate brought into the image, but where zeros surround it.
  private func padded(_ x: Double, _ axis: Int) -> Double {
    let last = Double(size[axis] - 1)
    switch padding {
    case "border": return min(max(x, 0), last)
    case "reflection":
      return alignsCorners ? Self.reflected(x, 0, last) : min(max(Self.reflected(x, -0.5, last + 0.5), 0), last)
    default: return x
    }
  }

  /// A place of the image, nil where zeros surround it.
  private func place(_ index: Int, _ axis: Int) -> Int? {
    if 0 <= index, index < size[axis] { return index }
    let last = Double(size[axis] - 1)
    switch padding {
    case "border": return min(max(index, 0), size[axis] - 1)
    case "reflection":
      let folded =
        alignsCorners ? Self.reflected(Double(index), 0, last) : Self.reflected(Double(index), -0.5, last + 0.5)
      return min(max(Int(folded.rounded(.toNearestOrEven)), 0), size[axis] - 1)
    default: return nil
    }
  }

  private static func reflected(_ x: Double, _ low: Double, _ high: Double) -> Double {
    let span = high - low
    guard span > 0 else { return low }
    let distance = abs(x - low).truncatingRemainder(dividingBy: 2 * span)
    return distance <= span ? low + distance : high - (distance - span)
  }
}
