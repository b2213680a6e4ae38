/// Small whole numbers without a pattern, so that sums of their products are exact in single precision.
func samples<S: BinaryFloatingPoint>(_ count: Int, as type: S.Type = Float.self, from start: Int = 1) -> [S] {
  (0..<count).map { S(($0 &* 7919 &+ start &* 104_729) % 11 - 5) }
}
