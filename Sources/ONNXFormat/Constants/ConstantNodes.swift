import BatchNormFolding
package import ONNXModel
import ProtobufIO
package import RecordedData
import Tensors

/// The nodes that make one constant of stored ones.
package struct ConstantNodes {
  package let document: ONNXDocument

  /// The name of what they make.
  package let name: Name

  package private(set) var tensors: [(name: Name, tensor: TensorView)] = []

  /// Sizes that are known though nodes take them from values that are not, as int64.
  package private(set) var integers: [(name: Name, shape: [Int], elements: [Int])] = []

  /// What was worked out before of the same constants.
  package private(set) var known: [(name: Name, value: EvaluatedConstant)] = []

  /// In an order in which each comes after what it reads.
  package private(set) var nodes: [NodeView] = []

  /// How many elements running the nodes makes, with those that it reads, and what other work is worth in elements; nil
  /// where that is not known beforehand.
  private(set) var work: Int? = 0

  /// How many elements the stored constants have, and those that were worked out before.
  var storedCount: Int {
    let held = nodes.filter { $0.operatorType == "Constant" }.compactMap { $0.attribute("value")?.tensor }
    return known.reduce(0) { $0 + $1.value.elements.count }
      + (tensors.map(\.tensor) + held).reduce(0) { $0 + ($1.elementCount ?? 0) }
  }

  /// - Returns: nil where they read what is no stored constant, or two of one name.
  /// - Complexity: O(nodes that it is made by).
  init?(making value: ValueID, in reading: ModelReading) throws(ModelFileError) {
    document = reading.document
    name = reading.values[value.index].name
    var made: Set<OperatorID> = []
    var values: [Name: ValueID] = [:]
    var open = [value]
    while let next = open.popLast() {
      let facts = reading.values[next.index]
      let other = values.updateValue(next, forKey: facts.name)
      // Inner scopes may use a name once more.
      guard other == nil || other == next else { return nil }
      guard other == nil else { continue }
      if let constant = facts.constant, let elements = try reading.contents.computedElements(of: constant) {
        let (shape, type) = (reading.constants[constant.index].shape, reading.constants[constant.index].type)
        known.append((facts.name, EvaluatedConstant(shape: shape, typeName: type.name, elements: elements)))
        add(work: elements.count)
      } else if facts.constant == nil, !facts.isDerived, let known = try reading.integers(next), reading.isInt64(next) {
        integers.append((facts.name, facts.rank == 0 ? [] : [known.count], known))
      } else if let producer = reading.graph[next].producer {
        guard made.insert(producer).inserted else { continue }
        add(work: try reading.work(of: producer))
        open += reading.nodes[producer.index].inputs.compactMap { $0 }
      } else if let constant = facts.constant,
        case .initializer(let tensor, _) = reading.constants[constant.index].origin
      {
        tensors.append((facts.name, tensor))
        add(work: tensor.elementCount)
      } else {
        return nil
      }
    }
    nodes = made.sorted { $0.index < $1.index }.map { reading.nodes[$0.index].view }
  }

  private mutating func add(work more: Int?) {
    guard let work, let more, case let (sum, overflow) = work.addingReportingOverflow(more), !overflow else {
      return work = nil
    }
    self.work = sum
  }
}

extension ModelReading {
  /// Whether integers that nodes take from shapes are int64 still.
  fileprivate func isInt64(_ value: ValueID) -> Bool {
    var value = value
    while let producer = graph[value].producer, case let node = nodes[producer.index], node.operatorType != "Cast" {
      if ["Shape", "Size"].contains(node.operatorType) { return true }
      guard let input = node.typeGiver else { return false }
      value = input
    }
    return values[value.index].constant.map { constants[$0.index].type == .int64 } ?? false
  }
}
