import BatchNormFolding
package import ModelGraph
import ONNXModel
import ProtobufIO
package import RecordedData
package import Tensors

/// The nodes that make one constant of stored ones.
package struct ConstantNodes {
  package let graph: Graph

  /// What they make.
  package let value: ValueID

  package private(set) var tensors: [(value: ValueID, tensor: TensorView)] = []

  /// Sizes that are known though nodes take them from values that are not, as int64.
  package private(set) var integers: [(value: ValueID, shape: [Int], elements: [Int])] = []

  /// What was worked out before of the same constants.
  package private(set) var known: [(value: ValueID, contents: EvaluatedConstant)] = []

  /// In an order in which each comes after what it reads.
  package private(set) var nodes: [OperatorID] = []

  /// How many elements running the nodes makes, with those that it reads, and what other work is worth in elements; nil
  /// where that is not known beforehand.
  private(set) var work: Int? = 0

  /// How many elements the stored constants have, and those that were worked out before.
  var storedCount: Int {
    let held = nodes.map { graph[$0] }.filter { $0.operatorType == "Constant" }
      .compactMap { $0.attribute("value")?.tensor?.elementCount }
    return known.reduce(0) { $0 + $1.contents.elements.count }
      + tensors.reduce(0) { $0 + ($1.tensor.elementCount ?? 0) } + held.reduce(0, +)
  }

  /// - Returns: nil where they read what is no stored constant.
  /// - Complexity: O(nodes that it is made by).
  init?(making value: ValueID, in reading: ModelReading) throws(ModelFileError) {
    (graph, self.value) = (reading.source, value)
    var made: Set<OperatorID> = []
    var seen: Set<ValueID> = [value]
    var open = [value]
    while let next = open.popLast() {
      let facts = reading.values[next.index]
      if let constant = facts.constant, let elements = try reading.contents.computedElements(of: constant) {
        let (shape, type) = (reading.constants[constant.index].shape, reading.constants[constant.index].type)
        known.append((next, EvaluatedConstant(shape: shape, typeName: type.name, elements: elements)))
        add(work: elements.count)
      } else if facts.constant == nil, !facts.isDerived, let known = try reading.integers(next), reading.isInt64(next) {
        integers.append((next, facts.rank == 0 ? [] : [known.count], known))
      } else if let producer = reading.graph[next].producer {
        guard made.insert(producer).inserted else { continue }
        add(work: try reading.work(of: producer))
        for case let input? in reading.nodes[producer.index].inputs where seen.insert(input).inserted {
          open.append(input)
        }
      } else if let constant = facts.constant,
        case .initializer(let tensor, _) = reading.constants[constant.index].origin
      {
        tensors.append((next, tensor))
        add(work: tensor.elementCount)
      } else {
        return nil
      }
    }
    nodes = made.sorted { $0.index < $1.index }
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
