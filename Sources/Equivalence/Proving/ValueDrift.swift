import Tensors

/// How far one value of a candidate is from the original's, beside how far the original is from itself.
///
/// The truth is the original in float64. The yardstick of a channel is the largest error that the original's own
/// types cause there; at least what is typical of the value's channels relative to their largest elements, and one
/// rounding. A channel may be off by `multiple` times that.
///
/// In float64 a right candidate differs only by how its weights are stored, well within the yardstick. In the
/// model's own types its errors are another draw from the same lot: where a channel holds one error only, that it is
/// eight times the other happens in one case of twelve.
public struct ValueDrift: Codable, Equatable, Sendable {
  /// By how many times its yardstick a channel of the candidate may be off.
  public static func multiple(in precision: Precision) -> Double { precision == .float64 ? 8 : 64 }

  public var name: String
  /// The name in the candidate, where it is another one.
  public var candidateName: String?
  /// The place in the order in which the original makes its values, from 0.
  public var depth: Int
  public var type: String
  public var shape: [Int]
  public var channels: Int
  /// The greatest less the least element of the truth.
  public var range = 0.0
  /// The root mean squared errors: of the original's own types, of the candidate in its types, and of the
  /// candidate in float64.
  public var yardstick = 0.0
  public var own = 0.0
  public var float64 = 0.0
  /// The largest share of what is allowed that a channel takes, in either precision; nil where it is infinite.
  public var share: Double? = 0
  /// The precision and the channel that take it, the error, and what is allowed there.
  public var worstPrecision = Precision.float64
  public var worstChannel = 0
  public var worstError: Double? = 0
  public var allowed = 0.0
  /// Whether every element of a channel is the same number, in each channel.
  public var isConstant = false
  /// What differs besides the elements' values.
  public var difference: String?

  public init(name: String, depth: Int, type: String, shape: [Int], channels: Int) {
    self.name = name
    self.depth = depth
    self.type = type
    self.shape = shape
    self.channels = channels
  }

  /// Whether every channel is within what is allowed.
  public var isWithinLimit: Bool { difference == nil && (share ?? .infinity) <= 1 }
}

extension ElementType {
  /// The distance of 1 from the next number of a real kind; 0 for others.
  var epsilon: Double {
    switch self {
    case .float64: 0x1p-52
    case .float32: 0x1p-23
    case .float16: 0x1p-10
    case .bfloat16: 0x1p-7
    case .float8e4m3fn, .float8e4m3fnuz, .float6e2m3: 0x1p-3
    case .float8e5m2, .float8e5m2fnuz, .float6e3m2: 0x1p-2
    case .float4e2m1, .float8e8m0: 0x1p-1
    default: 0
    }
  }

  /// The least positive number of a real kind; 0 for others and for those of 8 bits.
  var leastPositive: Double {
    switch self {
    case .float64: 0x1p-1074
    case .float32: 0x1p-149
    case .float16: 0x1p-24
    case .bfloat16: 0x1p-133
    default: 0
    }
  }
}
