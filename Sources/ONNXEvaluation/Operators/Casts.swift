import ModelGraph
import NumericKernels
import ProtobufIO
import Tensors

/// Conversions between kinds of elements.
extension OperatorTable {
  mutating func addCasts() {
    add("BitCast", Self.bitCast)
    add("Cast") { call in
      try Self.cast(
        call.tensor(0), to: Self.target(of: call), saturates: call.integer("saturate", default: 1) == 1,
        rounding: call.text("round_mode", default: "up"))
    }
    add("CastLike") { call in
      try Self.cast(
        call.tensor(0), to: call.tensor(1).kind, saturates: call.integer("saturate", default: 1) == 1,
        rounding: call.text("round_mode", default: "up"))
    }
  }

  private static func target(of call: OperatorCall<S>) throws -> ElementType {
    guard let attribute = call.node.attributes["to"] else { throw ComputationFailure("has no target type") }
    // The first versions name the type.
    if call.version < 6, let text = attribute.string?.description {
      let names = [
        "FLOAT": "float32", "DOUBLE": "float64", "FLOAT16": "float16", "BOOL": "bool", "STRING": "string",
      ]
      guard let kind = ElementType(rawValue: names[text] ?? text.lowercased()) else {
        throw ComputationFailure("element type '\(text)' is not known")
      }
      return kind
    }
    return try kind(attribute.integer())
  }

  /// The tensor's elements as another kind.
  ///
  /// - Parameters:
  ///   - saturates: Whether a float of 8 bits takes its greatest number for what is too large.
  ///   - rounding: How a power of two is chosen for the type that has nothing else.
  static func cast(
    _ tensor: Tensor, to kind: ElementType, saturates: Bool, rounding: String = "up"
  ) throws -> Tensor {
    if case .text(let texts) = tensor.elements { return try parsed(texts, tensor.shape, kind) }
    if kind == .string {
      try Ledger.check(tensor.count, bytes: 64)
      return try Tensor(shape: tensor.shape, kind: kind, elements: .text(try printed(tensor)))
    }
    if kind.isReal {
      var reals: [S]
      switch tensor.elements {
      case .integer(let elements) where tensor.kind != .uint64: reals = elements.map { S($0) }
      case .float32, .float64: reals = try OperatorCall<S>.reals(of: tensor, input: 0)
      default: reals = (tensor.doubles ?? []).map { S($0) }
      }
      if let format = kind.smallFloat {
        format.round(&reals, saturates: saturates)
      } else if kind == .float8e8m0 {
        reals = reals.map { S(powerOfTwo(Double($0), rounding, saturates: saturates)) }
      }
      return try Tensor(tensor.shape, kind, reals: reals)
    }
    if kind == .bool {
      return try Tensor(tensor.shape, booleans: (tensor.doubles ?? []).map { $0 != 0 })
    }
    switch tensor.elements {
    case .integer(let elements): return try Tensor(tensor.shape, kind, integers: elements.map { kind.wrapped($0) })
    case .boolean(let elements): return try Tensor(tensor.shape, kind, integers: elements.map { $0 ? 1 : 0 })
    default:
      return try Tensor(tensor.shape, kind, integers: (tensor.doubles ?? []).map { truncated($0, kind) })
    }
  }

  /// A real number without its fraction; what the kind cannot hold is as most processors make it.
  private static func truncated(_ x: Double, _ kind: ElementType) -> Int64 {
    if kind == .uint64, x >= 0x1p63, x < 0x1p64 { return Int64(bitPattern: UInt64(x)) }
    guard x > -0x1p63, x < 0x1p63 else { return x.isNaN ? 0 : x > 0 ? .max : .min }
    return kind.wrapped(Int64(x))
  }

  /// The nearest power of two, as the type of scales holds it.
  private static func powerOfTwo(_ x: Double, _ rounding: String, saturates: Bool) -> Double {
    guard !x.isNaN, x >= 0 else { return .nan }
    guard x.isFinite else { return saturates ? 0x1p127 : .nan }
    if x <= 0x1p-127 { return 0x1p-127 }
    let floor = Double(sign: .plus, exponent: Int(x.exponent), significand: 1)
    let result =
      switch rounding {
      case "down": floor
      case "nearest": x >= 1.5 * floor ? 2 * floor : floor
      default: x > floor ? 2 * floor : floor
      }
    return result > 0x1p127 ? (saturates ? 0x1p127 : .nan) : result
  }

  private static func parsed(_ texts: [[UInt8]], _ shape: [Int], _ kind: ElementType) throws -> Tensor {
    if kind == .string { return try Tensor(shape: shape, kind: kind, elements: .text(texts)) }
    let numbers = try texts.map { bytes -> Double in
      let text = String(decoding: bytes, as: UTF8.self)
      guard let number = Double(text) ?? ["INF": .infinity, "-INF": -.infinity, "NAN": .nan][text.uppercased()] else {
        throw ComputationFailure("'\(text)' is no number")
      }
      return number
    }
    return try cast(Tensor(shape, .float64, reals: numbers.map { S($0) }), to: kind, saturates: true)
  }

  private static func printed(_ tensor: Tensor) throws -> [[UInt8]] {
    switch tensor.elements {
    case .integer(let elements):
      elements.map { Array((tensor.kind == .uint64 ? "\(UInt64(bitPattern: $0))" : "\($0)").utf8) }
    case .boolean(let elements): elements.map { Array(($0 ? "True" : "False").utf8) }
    default:
      (tensor.doubles ?? []).map { number in
        let text =
          number.isNaN
          ? "NaN"
          : number.isInfinite
            ? (number < 0 ? "-INF" : "INF")
            : tensor.kind == .float64
              ? "\(number)" : tensor.kind == .float16 ? "\(Float16(number))" : "\(Float(number))"
        return Array(text.utf8)
      }
    }
  }

  /// The same bits as elements of another kind of the same size.
  static func bitCast(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let kind = try Self.kind(call.integer("to", default: 0))
    guard kind.bitWidth == tensor.kind.bitWidth, kind != .string else {
      throw ComputationFailure("\(tensor.kind.rawValue) and \(kind.rawValue) have elements of different sizes")
    }
    let bits: [UInt64] =
      switch tensor.elements {
      case .integer(let elements): elements.map { UInt64(bitPattern: $0) }
      case .boolean(let elements): elements.map { $0 ? 1 : 0 }
      default: try (tensor.doubles ?? []).map { try Self.bits(of: $0, tensor.kind) }
      }
    if kind == .bool { return try Tensor(tensor.shape, booleans: bits.map { $0 & 0xFF != 0 }) }
    if kind.isInteger {
      return try Tensor(tensor.shape, kind, integers: bits.map { kind.wrapped(Int64(bitPattern: $0)) })
    }
    return try Tensor(tensor.shape, kind, reals: try bits.map { S(try Self.number(ofBits: $0, kind)) })
  }

  private static func bits(of number: Double, _ kind: ElementType) throws -> UInt64 {
    switch kind {
    case .float64: number.bitPattern
    case .float32: UInt64(Float(number).bitPattern)
    case .float16: UInt64(Float16(number).bitPattern)
    case .bfloat16: UInt64(Float(number).bitPattern >> 16)
    default: throw ComputationFailure("the bits of \(kind.rawValue) are not supported")
    }
  }

  private static func number(ofBits bits: UInt64, _ kind: ElementType) throws -> Double {
    switch kind {
    case .float64: Double(bitPattern: bits)
    case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case .float16: Double(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
    case .bfloat16: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16))
    default: throw ComputationFailure("the bits of \(kind.rawValue) are not supported")
    }
  }
}
