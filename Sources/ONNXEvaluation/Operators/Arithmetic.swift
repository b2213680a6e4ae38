import NumericKernels
import ProtobufIO
import Tensors

/// Operators that combine elements of several tensors, which broadcast.
extension OperatorTable {
  mutating func addArithmetic() {
    add("Add") { try Self.combine(&$0, .sum) }
    add("Sub") { try Self.combine(&$0, .difference) }
    add("Mul") { try Self.combine(&$0, .product) }
    add("Div") { try Self.combine(&$0, .quotient) }
    add("Pow", Self.power)
    add("PRelu") { call in
      let x = try call.tensor(0)
      var slope = try call.tensor(1)
      // Before opset 7 a slope has one element or one for each channel.
      if call.version < 7, slope.count > 1, x.rank > 1 {
        slope = try slope.reshaped(to: [slope.count] + Array(repeating: 1, count: x.rank - 2))
      }
      return try Self.combined(x, .parametricRelu, slope)
    }
    add("Mod") { call in
      let isRemainder = try call.integer("fmod", default: 0) == 1
      return try Self.combine(&call, isRemainder ? .remainder : .modulus)
    }
    add("BitShift") { call in
      try Self.combine(&call, call.text("direction", default: "") == "LEFT" ? .shiftedLeft : .shiftedRight)
    }
    add("BitwiseAnd") { try Self.combine(&$0, .and) }
    add("BitwiseOr") { try Self.combine(&$0, .or) }
    add("BitwiseXor") { try Self.combine(&$0, .exclusiveOr) }
    add("Sum") { try Self.combineAll(&$0, .sum) }
    add("Max") { try Self.combineAll(&$0, .maximum) }
    add("Min") { try Self.combineAll(&$0, .minimum) }
    add("Mean") { call in
      let count = call.inputs.count
      let sum = try Self.combineAll(&call, .sum)
      var elements = try OperatorCall<S>.reals(of: sum, input: 0)
      UnaryFunction.affine(alpha: 1 / Double(count), beta: 0).apply(to: &elements)
      return try Tensor(sum.shape, sum.kind, reals: elements)
    }
  }

  /// Combines the first two inputs.
  private static func combine(_ call: inout OperatorCall<S>, _ function: BinaryFunction) throws -> Tensor {
    let second = try call.take(1)
    // A node may read one value twice.
    let first = try call.take(0)
    let aligned = call.version < 7 ? try legacyAligned(second, to: first.shape, call) : second
    return try combined(consume first, function, consume aligned)
  }

  private static func combineAll(_ call: inout OperatorCall<S>, _ function: BinaryFunction) throws -> Tensor {
    var result = try call.take(0)
    for index in call.inputs.indices.dropFirst() { result = try combined(result, function, try call.take(index)) }
    return result
  }

  /// Two tensors, both broadcast, combined element by element.
  static func combined(_ first: consuming Tensor, _ function: BinaryFunction, _ second: Tensor) throws -> Tensor {
    guard let shape = Shape.broadcast(first.shape, second.shape) else {
      throw ComputationFailure("shapes \(first.shape) and \(second.shape) do not broadcast")
    }
    let count = try shape.checkedCount()
    if case .power = function { try Ledger.count(count, cost: 200) }
    let kind = first.kind
    let expanded = try first.expanded(to: shape)
    if case .integer(var elements) = expanded.elements {
      guard case .integer(let others) = second.elements else {
        throw ComputationFailure("\(kind.rawValue) and \(second.kind.rawValue) cannot be combined")
      }
      function.apply(to: &elements, shape: shape, others, bShape: second.shape, isUnsigned64: kind == .uint64)
      return try Tensor(shape, kind, integers: elements)
    }
    guard !function.isBitwise else { throw ComputationFailure("the operator is not defined for \(kind.rawValue)") }
    let others = try OperatorCall<S>.reals(of: second, input: 1)
    var elements = try OperatorCall<S>.reals(of: consume expanded, input: 0)
    function.apply(to: &elements, shape: shape, others, bShape: second.shape)
    return try Tensor(shape, kind, reals: elements)
  }

  /// The second operand as operators before opset 7 align it: only where `broadcast` says so, and at `axis`.
  static func legacyAligned(_ second: Tensor, to shape: [Int], _ call: OperatorCall<S>) throws -> Tensor {
    guard try call.integer("broadcast", default: 0) == 1, let axis = try call.optionalInteger("axis") else {
      return second
    }
    let start = try call.axis(axis, rank: shape.count)
    let trailing = shape.count - start - second.rank
    guard trailing >= 0 else { throw ComputationFailure("shape \(second.shape) does not fit \(shape) at axis \(axis)") }
    return try second.reshaped(to: second.shape + Array(repeating: 1, count: trailing))
  }

  /// The exponent may be of another type than the base, whose type the result has.
  private static func power(_ call: inout OperatorCall<S>) throws -> Tensor {
    let base = try call.tensor(0)
    let exponent = try call.tensor(1)
    if case .integer = base.elements, case .integer = exponent.elements { return try combine(&call, .power) }
    func asReal(_ tensor: Tensor) throws -> Tensor {
      guard let numbers = tensor.doubles else { throw ComputationFailure("text has no power") }
      return try Tensor(tensor.shape, .float64, reals: numbers.map { S($0) })
    }
    let aligned = call.version < 7 ? try legacyAligned(exponent, to: base.shape, call) : exponent
    let result = try combined(try asReal(base), .power, try asReal(aligned))
    return try cast(result, to: base.kind, saturates: true)
  }
}
