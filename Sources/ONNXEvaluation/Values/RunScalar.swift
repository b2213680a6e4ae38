import Equivalence
import NumericKernels
import ProtobufIO

/// What a run computes in, with its place among the storages of a tensor.
protocol RunScalar: Scalar {
  static func stored(_ elements: [Self]) -> Elements

  /// The elements of a real tensor in this precision, without a copy where they are so stored; nil for others.
  static func reals(of elements: Elements) -> [Self]?

  /// What a payload of float32 holds, in this precision.
  static func singles(in content: PayloadContent) throws(ModelFileError) -> [Self]
}

extension Float: RunScalar {
  static func stored(_ elements: [Float]) -> Elements { .float32(elements) }

  static func singles(in content: PayloadContent) throws(ModelFileError) -> [Float] {
    try content.elements(of: Float.self)
  }

  static func reals(of elements: Elements) -> [Float]? {
    switch elements {
    case .float32(let elements): elements
    case .float64(let elements): elements.map { Float($0) }
    default: nil
    }
  }
}

extension Double: RunScalar {
  static func stored(_ elements: [Double]) -> Elements { .float64(elements) }

  static func singles(in content: PayloadContent) throws(ModelFileError) -> [Double] {
    try content.elements(of: Float.self) { singles, doubles in
      for index in singles.indices { doubles[index] = Double(singles[index]) }
    }
  }

  static func reals(of elements: Elements) -> [Double]? {
    switch elements {
    case .float64(let elements): elements
    case .float32(let elements): elements.map { Double($0) }
    default: nil
    }
  }
}

extension Value {
  /// The value with real numbers in what a run computes in.
  func stored<S: RunScalar>(as scalar: S.Type) throws -> Value {
    switch self {
    case .tensor(let tensor): .tensor(try tensor.stored(as: scalar))
    case .sequence(let values): .sequence(try values.map { try $0.stored(as: scalar) })
    case .absent: .absent
    }
  }
}

extension Tensor {
  /// The tensor with real numbers in what a run computes in.
  func stored<S: RunScalar>(as scalar: S.Type) throws -> Tensor {
    guard let reals = S.reals(of: elements) else { return self }
    return try Tensor(shape, kind, reals: reals)
  }

  /// A tensor of a real kind.
  init<S: RunScalar>(_ shape: [Int], _ kind: ElementKind, reals: [S]) throws(EvaluationError) {
    try self.init(shape: shape, kind: kind, elements: S.stored(reals))
  }

  /// A tensor of an integer kind.
  init(_ shape: [Int], _ kind: ElementKind = .int64, integers: [Int64]) throws(EvaluationError) {
    try self.init(shape: shape, kind: kind, elements: .integer(integers))
  }

  init(_ shape: [Int], booleans: [Bool]) throws(EvaluationError) {
    try self.init(shape: shape, kind: .bool, elements: .boolean(booleans))
  }

  /// The same elements in another shape.
  func reshaped(to shape: [Int]) throws -> Tensor { try Tensor(shape: shape, sharing: self) }

  /// The elements that a copy picks, in a shape of their own.
  func copied(_ copy: StridedCopy, shape: [Int]) throws -> Tensor {
    let picked: Elements =
      switch elements {
      case .float32(let elements): .float32(copy.elements(of: elements))
      case .float64(let elements): .float64(copy.elements(of: elements))
      case .integer(let elements): .integer(copy.elements(of: elements))
      case .boolean(let elements): .boolean(copy.elements(of: elements))
      case .text(let elements): .text(copy.elements(of: elements))
      }
    return try Tensor(shape: shape, kind: kind, elements: picked)
  }

  /// The tensor with its axes in another order.
  func transposed(by order: [Int]) throws -> Tensor {
    try order.elementsEqual(shape.indices)
      ? self : copied(.transposition(of: shape, by: order), shape: order.map { shape[$0] })
  }

  /// The tensor repeated along axes of size 1.
  func expanded(to target: [Int]) throws -> Tensor {
    try target == shape ? self : copied(.expansion(of: shape, to: target), shape: target)
  }
}
