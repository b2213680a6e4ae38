import NumericKernels
import ProtobufIO
import Tensors

/// Matrix products.
extension OperatorTable {
  mutating func addProducts() {
    add("MatMul") { call in
      let (a, b) = (try call.tensor(0), try call.tensor(1))
      if case .integer(let left) = a.elements, case .integer(let right) = b.elements {
        let exact = try OperatorTable<Double>.multiplied(
          left.map { Double($0) }, a.shape, right.map { Double($0) }, b.shape, call.context.product)
        return try Tensor(exact.shape, a.kind, integers: exact.elements.map { Int64(clamped: $0) })
      }
      let result = try Self.multiplied(try call.reals(0), a.shape, try call.reals(1), b.shape, call.context.product)
      return try Tensor(result.shape, a.kind, reals: result.elements)
    }
    add("Gemm", Self.gemm)
    add("MatMulInteger", Self.integerProduct)
    add("QLinearMatMul", Self.quantizedProduct)
    add("Einsum", Self.einsum)
    add("Det", Self.determinant)
  }

  /// The product of stacks of matrices, as numpy's `matmul`.
  static func multiplied(
    _ a: [S], _ aShape: [Int], _ b: [S], _ bShape: [Int], _ product: MatrixProduct
  ) throws -> (shape: [Int], elements: [S]) {
    guard !aShape.isEmpty, !bShape.isEmpty else {
      throw ComputationFailure("a scalar cannot be multiplied as a matrix")
    }
    let left = aShape.count == 1 ? [1] + aShape : aShape
    let right = bShape.count == 1 ? bShape + [1] : bShape
    let size = ProductSize(rows: left[left.count - 2], columns: right[right.count - 1], inner: left[left.count - 1])
    guard size.inner == right[right.count - 2],
      let stack = Shape.broadcast(Array(left.dropLast(2)), Array(right.dropLast(2)))
    else { throw ComputationFailure("matrices of shapes \(aShape) and \(bShape) cannot be multiplied") }
    var shape = stack
    if aShape.count > 1 { shape.append(size.rows) }
    if bShape.count > 1 { shape.append(size.columns) }
    try Ledger.count(Shape.count(of: stack), size.rows, size.columns, size.inner)
    var result = [S](repeating: 0, count: try shape.checkedCount())
    var target = result.mutableSpan
    let isShared = right.count == 2 && left.count > 2
    if isShared {
      // One matrix for the whole stack: the stack's rows are one matrix.
      let rows = Shape.count(of: stack) * size.rows
      product.multiply(
        ProductSize(rows: rows, columns: size.columns, inner: size.inner), a.span,
        MatrixLayout(stride: max(size.inner, 1)),
        b.span, MatrixLayout(stride: max(size.columns, 1)), into: &target, MatrixLayout(stride: max(size.columns, 1)))
      return (shape, result)
    }
    let places = Array(0..<Shape.count(of: stack))
    let aPlaces = Self.stackPlaces(of: Array(left.dropLast(2)), in: stack)
    let bPlaces = Self.stackPlaces(of: Array(right.dropLast(2)), in: stack)
    for place in places {
      product.multiply(
        size, a.span,
        MatrixLayout(offset: aPlaces[place] * size.rows * size.inner, stride: max(size.inner, 1)), b.span,
        MatrixLayout(offset: bPlaces[place] * size.inner * size.columns, stride: max(size.columns, 1)), into: &target,
        MatrixLayout(offset: place * size.rows * size.columns, stride: max(size.columns, 1)))
    }
    return (shape, result)
  }

  /// Which matrix of a stack stands at each place of a larger stack.
  private static func stackPlaces(of shape: [Int], in stack: [Int]) -> [Int] {
    StridedCopy.expansion(of: shape, to: stack).elements(of: Array(0..<Shape.count(of: shape)))
  }

  private static func gemm(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (a, b) = (try call.tensor(0), try call.tensor(1))
    guard a.rank == 2, b.rank == 2 else {
      throw ComputationFailure("Gemm takes matrices, not \(a.shape) and \(b.shape)")
    }
    let isATransposed = try call.integer("transA", default: 0) != 0
    let isBTransposed = try call.integer("transB", default: 0) != 0
    let rows = a.shape[isATransposed ? 1 : 0]
    let inner = a.shape[isATransposed ? 0 : 1]
    let columns = b.shape[isBTransposed ? 0 : 1]
    guard b.shape[isBTransposed ? 1 : 0] == inner else {
      throw ComputationFailure("matrices of shapes \(a.shape) and \(b.shape) cannot be multiplied")
    }
    let isExact: Bool
    if case .integer = a.elements { isExact = true } else { isExact = false }
    func numbers(_ tensor: Tensor) throws -> [S] {
      isExact ? (tensor.doubles ?? []).map { S($0) } : try OperatorCall<S>.reals(of: tensor, input: 0)
    }
    let (left, right) = (try numbers(a), try numbers(b))
    try Ledger.count(rows, columns, inner)
    var result = [S](repeating: 0, count: try [rows, columns].checkedCount())
    var target = result.mutableSpan
    call.context.product.multiply(
      ProductSize(rows: rows, columns: columns, inner: inner), left.span,
      MatrixLayout(stride: max(a.shape[1], 1), isTransposed: isATransposed), right.span,
      MatrixLayout(stride: max(b.shape[1], 1), isTransposed: isBTransposed), into: &target,
      MatrixLayout(stride: max(columns, 1)))
    let alpha = try call.real("alpha", default: 1)
    if alpha != 1 { UnaryFunction.affine(alpha: alpha, beta: 0).apply(to: &result) }
    let beta = try call.real("beta", default: 1)
    if let c = try call.optionalTensor(2), beta != 0 {
      var terms = try numbers(c)
      if beta != 1 { UnaryFunction.affine(alpha: beta, beta: 0).apply(to: &terms) }
      guard Shape.broadcast([rows, columns], c.shape) == [rows, columns] else {
        throw ComputationFailure("C of shape \(c.shape) does not broadcast to [\(rows), \(columns)]")
      }
      BinaryFunction.sum.apply(to: &result, shape: [rows, columns], terms, bShape: c.shape)
    }
    return try isExact
      ? Tensor([rows, columns], a.kind, integers: result.map { Int64(clamped: Double($0)) })
      : Tensor([rows, columns], a.kind, reals: result)
  }

  /// The product of integers less their zero points, exact in double precision.
  private static func exactProduct(
    _ call: OperatorCall<S>, _ a: Tensor, _ aZero: Tensor?, _ b: Tensor, _ bZero: Tensor?
  ) throws -> (shape: [Int], elements: [Double]) {
    let left = try centered(a, zeroPoint: aZero, axis: (aZero?.count ?? 1) == 1 ? 0 : max(a.rank - 2, 0))
    let right = try centered(b, zeroPoint: bZero, axis: (bZero?.count ?? 1) == 1 ? 0 : b.rank - 1)
    return try OperatorTable<Double>.multiplied(left, a.shape, right, b.shape, call.context.product)
  }

  private static func integerProduct(_ call: inout OperatorCall<S>) throws -> Tensor {
    let result = try exactProduct(
      call, call.tensor(0), call.optionalTensor(2), call.tensor(1), call.optionalTensor(3))
    return try Tensor(result.shape, .int32, integers: result.elements.map { Int64(clamped: $0) })
  }

  private static func quantizedProduct(_ call: inout OperatorCall<S>) throws -> Tensor {
    let result = try exactProduct(call, call.tensor(0), call.optionalTensor(2), call.tensor(3), call.optionalTensor(5))
    let aScales = try call.tensor(1).doubles ?? []
    let bScales = try call.tensor(4).doubles ?? []
    let (yScale, zero, kind) = (try call.number(6), try call.number(7), try call.tensor(7).kind)
    let columns = max(result.shape.last ?? 1, 1)
    let rows = result.shape.count < 2 ? 1 : result.shape[result.shape.count - 2]
    guard kind.isInteger, aScales.count == 1 || aScales.count == rows, bScales.count == 1 || bScales.count == columns
    else { throw ComputationFailure("its scales do not fit \(rows) rows and \(columns) columns") }
    let elements = result.elements.indices.map { index in
      let a = aScales[aScales.count == 1 ? 0 : index / columns % rows]
      let b = bScales[bScales.count == 1 ? 0 : index % columns]
      return kind.clamped((result.elements[index] * a * b / yScale).rounded(.toNearestOrEven) + zero)
    }
    return try Tensor(result.shape, kind, integers: elements)
  }

  private static func determinant(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    guard tensor.rank >= 2, tensor.shape[tensor.rank - 1] == tensor.shape[tensor.rank - 2] else {
      throw ComputationFailure("matrices of shape \(tensor.shape) are not square")
    }
    let size = tensor.shape[tensor.rank - 1]
    let elements = try call.reals(0).map { Double($0) }
    let shape = Array(tensor.shape.dropLast(2))
    try Ledger.count(tensor.count, size, cost: 2)
    let results = (0..<Shape.count(of: shape)).map { place in
      determinant(Array(elements[(place * size * size)..<((place + 1) * size * size)]), size)
    }
    return try Tensor(shape, tensor.kind, reals: results.map { S($0) })
  }

  /// By elimination with the largest pivot.
  private static func determinant(_ matrix: [Double], _ size: Int) -> Double {
    var (m, result) = (matrix, 1.0)
    for column in 0..<size {
      guard let pivot = (column..<size).max(by: { abs(m[$0 * size + column]) < abs(m[$1 * size + column]) }),
        m[pivot * size + column] != 0
      else { return 0 }
      if pivot != column {
        for index in 0..<size { m.swapAt(pivot * size + index, column * size + index) }
        result = -result
      }
      result *= m[column * size + column]
      for row in (column + 1)..<max(size, column + 1) {
        let factor = m[row * size + column] / m[column * size + column]
        for index in column..<size { m[row * size + index] -= factor * m[column * size + index] }
      }
    }
    return result
  }
}
