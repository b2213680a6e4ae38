/// Small whole numbers without a pattern, so that sums of their products are exact in single precision.
func samples<S: BinaryFloatingPoint>(_ count: Int, as type: S.Type = Float.self, from start: Int = 1) -> [S] {
  (0..<count).map { S(($0 &* 7919 &+ start &* 104_729) % 11 - 5) }
}

/// All coordinates of a shape, in row-major order.
func places(of shape: [Int]) -> [[Int]] {
  shape.reduce([[]]) { places, size in places.flatMap { place in (0..<size).map { place + [$0] } } }
}

/// The place of coordinates in a row-major array.
func offset(_ place: [Int], in shape: [Int]) -> Int { zip(place, shape).reduce(0) { $0 * $1.1 + $1.0 } }
