import Equivalence
import NumericKernels
import ONNXModel
import ProtobufIO

extension TensorView {
  /// The stored elements, widened to what a run computes in.
  ///
  /// - Throws: `ModelFileError` where they cannot be read or are not stored as their type asks; `NodeFailure` for a type
  ///   that is not known; `EvaluationError` where the run has no memory for them.
  /// - Complexity: O(elements).
  func read<S: RunScalar>(as scalar: S.Type) throws -> Tensor {
    guard let kind = ElementKind(elementType), let count = shape.elementCount, !isSegment else {
      throw NodeFailure("a tensor of \(elementType.name) is not supported")
    }
    try checkLength()
    try Ledger.current?.budget.check(bytes: count.multipliedClamped(by: 8))
    if kind == .string { return try Tensor(shape: shape, kind: kind, elements: .text(strings)) }
    guard let content = elementBytes else {
      throw document.failure("\(title): elements of \(elementType.name) are not stored as their type asks")
    }
    func reals<Stored: BitwiseCopyable>(_ type: Stored.Type, _ widen: (Stored) -> S) throws -> Tensor {
      try Tensor(shape, kind, reals: try content.elements(of: type).map(widen))
    }
    func integers<Stored: FixedWidthInteger & BitwiseCopyable>(_ type: Stored.Type) throws -> Tensor {
      try Tensor(shape, kind, integers: try content.elements(of: type).map { Int64(truncatingIfNeeded: $0) })
    }
    switch kind {
    case .float32: return try Tensor(shape, kind, reals: try S.singles(in: content))
    case .float64:
      let stored = try content.elements(of: Double.self)
      return try Tensor(shape, kind, reals: S.reals(of: .float64(stored)) ?? [])
    case .float16: return try reals(UInt16.self) { S(Float16(bitPattern: $0)) }
    case .bfloat16: return try reals(UInt16.self) { S(Float(bitPattern: UInt32($0) << 16)) }
    case .int64: return try integers(Int64.self)
    case .int32: return try integers(Int32.self)
    case .int16: return try integers(Int16.self)
    case .int8: return try integers(Int8.self)
    case .uint64: return try integers(UInt64.self)
    case .uint32: return try integers(UInt32.self)
    case .uint16: return try integers(UInt16.self)
    case .uint8: return try integers(UInt8.self)
    case .bool: return try Tensor(shape, booleans: try content.elements(of: UInt8.self).map { $0 != 0 })
    case .float8e8m0:
      return try reals(UInt8.self) {
        $0 == 255 ? .nan : S(Double(sign: .plus, exponent: Int($0) - 127, significand: 1))
      }
    default:
      // In its typed field an element of 6 bits has a byte of its own.
      let width = kind.bitWidth == 6 && !hasRawData ? 8 : kind.bitWidth
      let bits = try Self.unpacked(content.elements(of: UInt8.self), width: width, count: count)
      if let format = kind.smallFloat {
        return try Tensor(shape, kind, reals: bits.map { S(format.value(ofBits: UInt16($0))) })
      }
      return try Tensor(shape, kind, integers: bits.map { kind.wrapped(Int64($0)) })
    }
  }

  /// The elements of packed bytes, the first in the lowest bits.
  private static func unpacked(_ bytes: [UInt8], width: Int, count: Int) throws -> [UInt8] {
    guard bytes.count >= (count * width + 7) / 8 else {
      throw NodeFailure("a tensor holds \(bytes.count) bytes, too few for \(count) elements")
    }
    let mask = UInt16(1 << width) - 1
    return (0..<count).map { index in
      let (byte, bit) = (index * width / 8, index * width % 8)
      // An element of 6 bits may go on in the next byte.
      let next: UInt16 = bit + width > 8 ? UInt16(bytes[byte + 1]) << 8 : 0
      return UInt8((UInt16(bytes[byte]) | next) >> UInt16(bit) & mask)
    }
  }
}

extension SparseTensorView {
  /// The tensor with all its elements.
  func read<S: RunScalar>(as scalar: S.Type) throws -> Tensor {
    guard let values = try values?.read(as: scalar), let indices = try indices?.read(as: scalar),
      case .integer(let places) = indices.elements, let count = shape.elementCount
    else { throw NodeFailure("a sparse tensor has no values or no indices") }
    let strides = Shape.strides(of: shape)
    // One index for each element, or one for each of its axes.
    let sizes = indices.rank == 1 ? [count] : shape
    guard places.count == values.count * sizes.count,
      places.indices.allSatisfy({ 0 <= places[$0] && places[$0] < sizes[$0 % sizes.count] })
    else { throw NodeFailure("a sparse tensor's indices lie outside its shape \(shape)") }
    let targets: [Int] =
      indices.rank == 1
      ? places.map { Int($0) }
      : (0..<values.count).map { row in
        strides.indices.reduce(0) { $0 + Int(places[row * strides.count + $1]) * strides[$1] }
      }
    return try Tensor.filled(shape, like: values).scattered(values, to: targets)
  }
}

extension ElementKind {
  init?(_ type: ElementType) { self.init(rawValue: type.name) }

  /// The format of a real kind of 8 bits or less, but for the one without a fraction.
  var smallFloat: SmallFloat? {
    switch self {
    case .float8e4m3fn: .e4m3fn
    case .float8e4m3fnuz: .e4m3fnuz
    case .float8e5m2: .e5m2
    case .float8e5m2fnuz: .e5m2fnuz
    case .float6e2m3: .e2m3
    case .float6e3m2: .e3m2
    case .float4e2m1: .e2m1
    default: nil
    }
  }

  /// An integer as the kind stores it: its lowest bits, with the sign that they then have.
  func wrapped(_ integer: Int64) -> Int64 {
    guard bitWidth < 64 else { return integer }
    let shift = Int64(64 - bitWidth)
    let top = integer << shift
    return isUnsigned ? Int64(bitPattern: UInt64(bitPattern: top) >> UInt64(shift)) : top >> shift
  }
}
