import Tensors

/// How the places of one axis after a change of size draw on those before.
package struct AxisResampling: Sendable {
  /// How a place after is put among the places before.
  package enum Coordinates: Sendable {
    case halfPixel, pytorchHalfPixel, alignCorners, asymmetric, tensorFlowHalfPixel
    /// Half pixels about the centre, for a size that is not scale times the size before.
    case symmetricHalfPixel
    /// A part of the axis, from `start` to `end` of its whole length.
    case cropped(start: Double, end: Double)
  }

  /// What is made of the places around a coordinate.
  package enum Filter: Sendable {
    case linear
    /// Keys's cubic convolution with parameter `a`.
    case cubic(a: Double)

    var radius: Int { if case .cubic = self { 2 } else { 1 } }

    func weight(_ distance: Double) -> Double {
      let x = abs(distance)
      switch self {
      case .linear: return max(0, 1 - x)
      case .cubic(let a):
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
      }
    }
  }

  /// Which of two neighbours is nearest.
  package enum Nearest: Sendable {
    case roundPreferFloor, roundPreferCeil, floor, ceil
    /// Of the operators before opset 11: up when making smaller, otherwise down.
    case legacy
  }

  package let before: Int
  package let after: Int
  /// The factor that was asked for, which `after` is rounded from.
  package let scale: Double
  package let coordinates: Coordinates

  package init(before: Int, after: Int, scale: Double, coordinates: Coordinates) {
    self.before = before
    self.after = after
    self.scale = scale
    self.coordinates = coordinates
  }

  /// The coordinate before of a place after.
  package func coordinate(_ place: Int) -> Double {
    let x = Double(place)
    let last = Double(before - 1)
    switch coordinates {
    case .halfPixel: return (x + 0.5) / scale - 0.5
    case .pytorchHalfPixel: return after > 1 ? (x + 0.5) / scale - 0.5 : 0
    case .tensorFlowHalfPixel: return (x + 0.5) / scale
    case .alignCorners: return after > 1 ? x * last / Double(after - 1) : 0
    case .asymmetric: return x / scale
    case .symmetricHalfPixel:
      let adjustment = Double(after) / (scale * Double(before))
      return Double(before) / 2 * (1 - adjustment) + (x + 0.5) / scale - 0.5
    case .cropped(let start, let end):
      return after > 1
        ? start * last + x * (end - start) * last / Double(after - 1) : 0.5 * (start + end) * last
    }
  }

  /// Whether a place after lies in the axis before; only a cropped axis has others.
  package func isInside(_ place: Int) -> Bool {
    guard case .cropped = coordinates else { return true }
    return (0...Double(before - 1)).contains(coordinate(place))
  }

  /// The nearest place before for each place after.
  package func nearest(_ rule: Nearest) -> [Int] {
    (0..<after).map { place in
      let x = coordinate(place)
      let rounded =
        switch rule {
        case .roundPreferFloor: (x - 0.5).rounded(.up)
        case .roundPreferCeil: (x + 0.5).rounded(.down)
        case .floor: x.rounded(.down)
        case .ceil: x.rounded(.up)
        case .legacy: x.rounded(scale < 1 ? .up : .down)
        }
      return min(max(Int(clamped: rounded), 0), before - 1)
    }
  }

  /// The places before and their weights for each place after.
  ///
  /// - Parameters:
  ///   - smooths: Whether the filter widens when the axis becomes smaller, so that no place is passed over.
  ///   - excludesOutside: Whether places outside of the axis count nothing, rather than as the edge.
  package func taps(_ filter: Filter, smooths: Bool, excludesOutside: Bool) -> [[(place: Int, weight: Double)]] {
    let stretch = smooths ? min(scale, 1) : 1
    let reach = min(Int(clamped: (Double(filter.radius) / stretch).rounded(.up)), 4 * (before + 1))
    return (0..<after).map { place in
      let x = coordinate(place)
      guard abs(x) < 0x1p53 else { return [] }
      let base = Int(x.rounded(.down))
      var taps: [(place: Int, weight: Double)] = []
      for candidate in (base - reach + 1)...(base + reach) {
        let weight = filter.weight((Double(candidate) - x) * stretch)
        let isOutside = candidate < 0 || candidate >= before
        if weight == 0 || (excludesOutside && isOutside) { continue }
        taps.append((min(max(candidate, 0), before - 1), weight))
      }
      guard smooths || excludesOutside else { return taps }
      let total = taps.reduce(0) { $0 + $1.weight }
      return taps.map { ($0.place, $0.weight / total) }
    }
  }
}

/// Weighted sums along one axis of `[outer, before, inner]`.
///
/// - Parameter taps: For each place after, the places before with their weights.
/// - Returns: `[outer, taps.count, inner]`.
@specialized(where S == Float)
@specialized(where S == Double)
package func resample<S: Scalar>(
  _ x: [S], outer: Int, before: Int, inner: Int, _ taps: [[(place: Int, weight: Double)]]
) -> [S] {
  precondition(x.count == outer * before * inner, "an array must be as large as its shape")
  var result = [S](repeating: 0, count: outer * taps.count * inner)
  var target = result.mutableSpan
  for row in 0..<outer {
    for place in taps.indices {
      let start = (row * taps.count + place) * inner
      var line = target._mutatingExtracting(start..<(start + inner))
      for tap in taps[place] {
        let source = x.span.extracting(((row * before + tap.place) * inner)..<((row * before + tap.place + 1) * inner))
        let weight = S(tap.weight)
        for index in line.indices { line[index] += weight * source[index] }
      }
    }
  }
  return result
}
