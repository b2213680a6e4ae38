import Tensors

/// How far an element may be from the expected one: `absolute + rangeShare · range + relative · |expected|`.
public struct Tolerance: Codable, Equatable, Sendable {
  public var relative: Double
  public var absolute: Double

  /// The share of the range of all expected elements of a tensor.
  public var rangeShare: Double

  public init(relative: Double, absolute: Double, rangeShare: Double = 0) {
    self.relative = relative
    self.absolute = absolute
    self.rangeShare = rangeShare
  }

  /// What ONNX's own tests allow against recorded outputs, and a little for what nearly cancels out.
  public static let recorded = Tolerance(relative: 1e-3, absolute: 1e-7, rangeShare: 1e-6)

  /// A few roundings, for what a model makes of constants alone: no run has a yardstick for that.
  static func ofConstant(_ value: Value) -> Tolerance {
    let rounding = 8 * (value.tensor?.kind.epsilon ?? 0)
    return Tolerance(relative: rounding, absolute: 0, rangeShare: rounding)
  }
}
