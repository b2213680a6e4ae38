/// The scales of one side of an operator, per channel, also in the forms that the fast ways take.
struct ScaleTable: Sendable {
  let scales: [ChannelScale]

  /// The scales as the storage type's fast way takes them; the other arrays are empty.
  let singles: [Float]
  let brackets: [Bracket]
  let splits: [SplitScale]

  /// Whether every scale is exactly 1.
  let isNeutral: Bool

  /// - Parameter factor: What multiplies the scale of every channel.
  /// - Complexity: O(steps × channels).
  init(_ affine: ChannelAffine, factor: Double = 1, storage: StorageType) {
    let scales = (0..<affine.channels).map { ChannelScale(affine, channel: $0, factor: factor) }
    self.scales = scales
    let isHalf = storage == .float16 || storage == .bfloat16
    singles = isHalf ? scales.map(\.single) : []
    brackets = storage == .float32 ? scales.map { $0.bracket(significandBits: 24) } : []
    splits = storage == .float64 ? scales.map(\.split) : []
    isNeutral = scales.allSatisfy(\.isOne)
  }
}
