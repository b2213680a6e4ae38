import ModelGraph
import NumericKernels
import ProtobufIO
import Tensors

/// One execution of a node: its inputs and attributes, read as the operator asks for them.
struct OperatorCall<S: RunScalar> {
  let node: PreparedNode
  let context: RunContext<S>
  private(set) var inputs: [Value?]
  let captured: [Name: [Int: Value]]

  init(node: PreparedNode, context: RunContext<S>, inputs: [Value?], captured: [Name: [Int: Value]]) {
    self.node = node
    self.context = context
    self.inputs = inputs
    self.captured = captured
  }

  /// The version of the operator set that gives the operator its meaning.
  var version: Int { node.version }

  /// The number of outputs that somebody asked for.
  var outputCount: Int { node.outputs.count }

  func hasOutput(_ index: Int) -> Bool { index < node.outputs.count && node.outputs[index] != nil }

  func hasInput(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }
}

// MARK: - Inputs

extension OperatorCall {
  func value(_ index: Int) throws -> Value {
    guard index < inputs.count, let value = inputs[index] else { throw ComputationFailure("input \(index) is missing") }
    return value
  }

  func tensor(_ index: Int) throws -> Tensor {
    guard let tensor = try value(index).tensor else { throw ComputationFailure("input \(index) is no tensor") }
    return tensor
  }

  /// nil for an input that is left out.
  func optionalTensor(_ index: Int) throws -> Tensor? { hasInput(index) ? try tensor(index) : nil }

  /// The elements of a real tensor.
  func reals(_ index: Int) throws -> [S] { try Self.reals(of: tensor(index), input: index) }

  func optionalReals(_ index: Int) throws -> [S]? { hasInput(index) ? try reals(index) : nil }

  static func reals(of tensor: Tensor, input index: Int) throws -> [S] {
    guard let elements = S.reals(of: tensor.elements) else {
      throw ComputationFailure("input \(index) is \(tensor.kind.rawValue), which the operator does not take")
    }
    return elements
  }

  /// The elements of an integer tensor.
  func integers(_ index: Int) throws -> [Int] {
    guard case .integer(let elements) = try tensor(index).elements else {
      throw ComputationFailure("input \(index) is \(try tensor(index).kind.rawValue) rather than integers")
    }
    return elements.map { Int($0) }
  }

  func optionalIntegers(_ index: Int) throws -> [Int]? { hasInput(index) ? try integers(index) : nil }

  /// The one element of an integer tensor.
  func integer(_ index: Int) throws -> Int {
    guard let element = try integers(index).first else { throw ComputationFailure("input \(index) has no element") }
    return element
  }

  /// The one element of a tensor of numbers.
  func number(_ index: Int) throws -> Double {
    guard let element = try tensor(index).doubles?.first else {
      throw ComputationFailure("input \(index) has no number")
    }
    return element
  }

  func boolean(_ index: Int) throws -> Bool {
    guard case .boolean(let elements) = try tensor(index).elements, let element = elements.first else {
      throw ComputationFailure("input \(index) is no truth value")
    }
    return element
  }

  /// A tensor taken out of the call, so that nothing else holds its memory if this was its last reader.
  mutating func take(_ index: Int) throws -> Tensor {
    let tensor = try tensor(index)
    inputs[index] = nil
    return tensor
  }
}

// MARK: - Attributes

extension OperatorCall {
  func hasAttribute(_ name: Name) -> Bool { node.attributes[name] != nil }

  func integer(_ name: Name, default standard: Int) throws -> Int {
    try node.attributes[name]?.integer() ?? standard
  }

  /// An attribute that counts something: not negative, and small enough to be multiplied.
  func count(_ name: Name, default standard: Int) throws -> Int {
    let count = try integer(name, default: standard)
    guard 0 <= count, count < 1 << 31 else { throw ComputationFailure("\(name) of \(count) is not possible") }
    return count
  }

  func optionalInteger(_ name: Name) throws -> Int? { try node.attributes[name]?.integer() }

  func integers(_ name: Name) -> [Int]? { node.attributes[name]?.integers }

  /// An attribute's stored single-precision number, or a default, which the specification means in single precision.
  func real(_ name: Name, default standard: Float) throws -> Double {
    Double(try node.attributes[name]?.float() ?? standard)
  }

  func optionalReal(_ name: Name) throws -> Double? { try node.attributes[name].map { Double(try $0.float()) } }

  func text(_ name: Name, default standard: String) -> String {
    node.attributes[name]?.string?.description ?? standard
  }

  /// An axis, counted from the end where negative.
  ///
  /// - Parameter includesEnd: Whether the place behind the last axis may be named.
  func axis(_ axis: Int, rank: Int, includesEnd: Bool = false) throws -> Int {
    guard -rank <= axis, axis < rank + (includesEnd ? 1 : 0) else {
      throw ComputationFailure("axis \(axis) is not one of a tensor of rank \(rank)")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// The axes of an attribute, or from opset `version` on of an input; nil where neither is there.
  func axes(_ name: Name, orInput index: Int, since version: Int) throws -> [Int]? {
    self.version >= version ? try optionalIntegers(index) : integers(name)
  }
}

// MARK: - Subgraphs

extension OperatorCall {
  /// Runs the graph in an attribute.
  func run(_ name: Name, _ inputs: [Value?] = []) throws -> [Value] {
    guard let graph = node.subgraphs[name] else { throw ComputationFailure("attribute '\(name)' holds no graph") }
    return try context.run(graph, inputs: inputs, captured: captured[name] ?? [:])
  }
}
