/// What real numbers are computed in: `Float` or `Double`, with its place among the storages of a tensor.
package protocol TensorScalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  static func stored(_ elements: [Self]) -> Elements

  /// The elements of a real tensor in this precision, without a copy where they are so stored; nil for others.
  static func reals(of elements: Elements) -> [Self]?

  /// What a source of float32 holds, in this precision.
  static func singles(in source: any ElementSource) throws -> [Self]
}

extension Float: TensorScalar {
  package static func stored(_ elements: [Float]) -> Elements { .float32(elements) }

  package static func singles(in source: any ElementSource) throws -> [Float] { try source.elements(of: Float.self) }

  package static func reals(of elements: Elements) -> [Float]? {
    switch elements {
    case .float32(let elements): elements
    case .float64(let elements): elements.map { Float($0) }
    default: nil
    }
  }
}

extension Double: TensorScalar {
  package static func stored(_ elements: [Double]) -> Elements { .float64(elements) }

  package static func singles(in source: any ElementSource) throws -> [Double] {
    try source.elements(of: Float.self) { singles, doubles in
      for index in singles.indices { doubles[index] = Double(singles[index]) }
    }
  }

  package static func reals(of elements: Elements) -> [Double]? {
    switch elements {
    case .float64(let elements): elements
    case .float32(let elements): elements.map { Double($0) }
    default: nil
    }
  }
}

extension Value {
  /// The value with real numbers in what a run computes in.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func stored<S: TensorScalar>(as scalar: S.Type) throws -> Value {
    switch self {
    case .tensor(let tensor): .tensor(try tensor.stored(as: scalar))
    case .sequence(let values): .sequence(try values.map { try $0.stored(as: scalar) })
    case .absent: .absent
    }
  }
}

extension Tensor {
  /// The tensor with real numbers in what a run computes in.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func stored<S: TensorScalar>(as scalar: S.Type) throws -> Tensor {
    guard let reals = S.reals(of: elements) else { return self }
    return try Tensor(shape, kind, reals: reals)
  }

  /// A tensor of a real kind.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package init<S: TensorScalar>(_ shape: [Int], _ kind: ElementType, reals: [S]) throws(EvaluationError) {
    try self.init(shape: shape, kind: kind, elements: S.stored(reals))
  }

  /// A tensor of an integer kind.
  package init(_ shape: [Int], _ kind: ElementType = .int64, integers: [Int64]) throws(EvaluationError) {
    try self.init(shape: shape, kind: kind, elements: .integer(integers))
  }

  package init(_ shape: [Int], booleans: [Bool]) throws(EvaluationError) {
    try self.init(shape: shape, kind: .bool, elements: .boolean(booleans))
  }
}
