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
}
