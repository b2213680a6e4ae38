import NumericKernels
import Tensors

/// Operators that give truth values, and those that combine them.
extension OperatorTable {
  mutating func addComparisons() {
    add("Equal") { try Self.compare($0, .equal) }
    add("Less") { try Self.compare($0, .less) }
    add("LessOrEqual") { try Self.compare($0, .lessOrEqual) }
    add("Greater") { try Self.compare($0, .greater) }
    add("GreaterOrEqual") { try Self.compare($0, .greaterOrEqual) }
    add("And") { try Self.combineBooleans($0) { $0 && $1 } }
    add("Or") { try Self.combineBooleans($0) { $0 || $1 } }
    add("Xor") { try Self.combineBooleans($0) { $0 != $1 } }
    add("Where", Self.choose)
  }

  private static func operands(_ call: OperatorCall<S>) throws -> (Tensor, Tensor, shape: [Int]) {
    let first = try call.tensor(0)
    var second = try call.tensor(1)
    if call.version < 7 { second = try legacyAligned(second, to: first.shape, call) }
    guard let shape = Shape.broadcast(first.shape, second.shape) else {
      throw ComputationFailure("shapes \(first.shape) and \(second.shape) do not broadcast")
    }
    _ = try shape.checkedCount()
    return (first, second, shape)
  }

  private static func compare(_ call: OperatorCall<S>, _ relation: Comparison) throws -> Tensor {
    let (first, second, shape) = try operands(call)
    let (a, b) = (first.shape, second.shape)
    let result: [Bool]
    switch (first.elements, second.elements) {
    case (.integer(let left), .integer(let right)) where first.kind == .uint64:
      result = relation.holds(
        left.map { UInt64(bitPattern: $0) }, a, right.map { UInt64(bitPattern: $0) }, b, to: shape)
    case (.integer(let left), .integer(let right)): result = relation.holds(left, a, right, b, to: shape)
    case (.boolean(let left), .boolean(let right)):
      result = relation.holds(left.map { $0 ? 1 : 0 }, a, right.map { $0 ? 1 : 0 }, b, to: shape)
    case (.text, .text):
      guard case .text(let left) = try first.expanded(to: shape).elements,
        case .text(let right) = try second.expanded(to: shape).elements
      else { preconditionFailure("text stays text") }
      result = zip(left, right).map { $0 == $1 }
    default: result = relation.holds(try call.reals(0), a, try call.reals(1), b, to: shape)
    }
    return try Tensor(shape, booleans: result)
  }

  private static func combineBooleans(_ call: OperatorCall<S>, _ function: (Bool, Bool) -> Bool) throws -> Tensor {
    let (first, second, shape) = try operands(call)
    guard case .boolean(let left) = try first.expanded(to: shape).elements,
      case .boolean(let right) = try second.expanded(to: shape).elements
    else { throw ComputationFailure("the operator takes bool only") }
    return try Tensor(shape, booleans: zip(left, right).map(function))
  }

  private static func choose(_ call: inout OperatorCall<S>) throws -> Tensor {
    guard case .boolean(let condition) = try call.tensor(0).elements else {
      throw ComputationFailure("input 0 is not bool")
    }
    let (first, second) = (try call.tensor(1), try call.tensor(2))
    guard let pair = Shape.broadcast(first.shape, second.shape),
      let shape = Shape.broadcast(pair, try call.tensor(0).shape)
    else { throw ComputationFailure("shapes \(first.shape) and \(second.shape) do not broadcast") }
    let count = try shape.checkedCount()
    let flags = StridedCopy.expansion(of: try call.tensor(0).shape, to: shape).elements(of: condition)
    // The second tensor's elements lie behind the first's.
    let both = try Tensor.joined(
      [first.expanded(to: shape).reshaped(to: [count]), second.expanded(to: shape).reshaped(to: [count])], along: 0)
    return try both.gathered(flags.indices.map { flags[$0] ? $0 : $0 + count }, shape: shape)
  }
}
