import Tensors

@testable import BatchNormFolding

/// Builds a graph for the planner, operator by operator; each method that adds one returns its first output.
struct GraphBuilder {
  private(set) var graph = FoldGraph()
  private var elements: [[Double]] = []

  /// The storage type of constants that do not say theirs.
  var storage = StorageType.float32

  /// The scope of the values that are added; what reads one of a lower scope reads it inside.
  var scope = 0

  @discardableResult
  mutating func value(_ name: String, producer: OperatorID? = nil) -> ValueID {
    var value = FoldValue(name: name, scope: scope)
    value.producer = producer
    graph.values.append(value)
    return ValueID(graph.values.count - 1)
  }

  mutating func constant(
    _ name: String, _ values: [Double], shape: [Int]? = nil, storage: StorageType? = nil, isKept: Bool = false
  ) -> ConstantID {
    let storage = storage ?? self.storage
    return constant(
      FoldConstant(
        name: name, shape: shape ?? [values.count], storage: storage, typeName: storage.rawValue, isKept: isKept),
      values)
  }

  mutating func constant(_ constant: FoldConstant, _ values: [Double]) -> ConstantID {
    graph.constants.append(constant)
    elements.append(values)
    return ConstantID(graph.constants.count - 1)
  }

  /// Adds an operator; its name is its first output's and its kind's.
  mutating func add(
    _ kind: String, _ role: FoldOperator.Role, reading inputs: [ValueID], writing outputs: [String]
  ) -> ValueID {
    let id = OperatorID(graph.operators.count)
    for input in inputs {
      graph.values[input.index].readerCount += 1
      if graph.values[input.index].scope != scope { graph.values[input.index].isReadInside = true }
    }
    let values = outputs.map { value($0, producer: id) }
    graph.operators.append(
      FoldOperator(
        name: "\(outputs[0])/\(kind)", kind: kind, graphPath: "/", inputs: inputs, outputs: values, role: role))
    return values[0]
  }

  /// Adds an operator as it is, whose output exists.
  mutating func append(_ operation: FoldOperator, writing output: ValueID) -> ValueID {
    graph.operators.append(operation)
    return output
  }

  /// Marks a constant as read by several operators.
  mutating func share(_ constant: ConstantID) { graph.constants[constant.index].isShared = true }

  mutating func pin(_ value: ValueID, _ pins: FoldValue.Pins) { graph.values[value.index].pins.formUnion(pins) }

  /// Lets an operator take no notice of what it reads.
  mutating func idle(_ id: OperatorID) {
    graph.operators[id.index].isIdle = true
    for input in graph.operators[id.index].inputs { graph.values[input.index].readerCount -= 1 }
  }

  /// Lets a body hand a value out.
  mutating func handOut(_ value: ValueID) { graph.values[value.index].isHandedOut = true }

  /// Lets a value be what a function is called with.
  mutating func handIn(_ value: ValueID) { graph.values[value.index].isHandedIn = true }

  /// Lets somebody else read a value.
  mutating func read(_ value: ValueID) { _ = add("Relu", .opaque(nil), reading: [value], writing: ["other"]) }

  /// Lets somebody read a value of whom the core knows nothing.
  mutating func readForeign(_ value: ValueID) { graph.values[value.index].readerCount += 1 }

  /// The plan, which also counts how often constants were read.
  func plan(_ options: PlanOptions = PlanOptions()) throws -> FoldPlan {
    try FoldPlanner.plan(graph, constants: StoredConstants(elements), options: options)
  }

  func constants() -> StoredConstants { StoredConstants(elements) }
}

/// Constants in memory, which count how often they are read and looked through.
final class StoredConstants: ConstantReader {
  private let elements: [[Double]]
  private(set) var reads = 0
  private(set) var visits = 0

  /// Why integers cannot have the other sign, and in which channels they were to have it.
  var negationObstacle: DeclineReason?
  private(set) var negations: [[Int]] = []

  init(_ elements: [[Double]]) { self.elements = elements }

  func elements(of constant: ConstantID) throws -> [Double] {
    reads += 1
    return elements[constant.index]
  }

  func visit<Visitor: ElementVisitor>(_ constant: ConstantID, by visitor: inout Visitor) throws {
    visits += 1
    let all = elements[constant.index]
    visitor.observe(all.span, from: 0)
  }

  func obstacle(toNegating channels: [Int], of linear: OperatorID) throws -> DeclineReason? {
    negations.append(channels)
    return negationObstacle
  }
}
