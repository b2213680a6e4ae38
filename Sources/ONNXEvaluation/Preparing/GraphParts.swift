import ModelGraph
import ProtobufIO

/// Cuts parts out of a graph, each a graph of its own.
final class GraphParts {
  private let graph: PreparedGraph
  /// Most graphs are never cut.
  private lazy var table = index()

  init(_ graph: PreparedGraph) { self.graph = graph }

  /// The slot of each name of the graph, and the node that fills each slot.
  private func index() -> (slots: [String: Int], makers: [Int: Int]) {
    var slots: [String: Int] = [:]
    var makers: [Int: Int] = [:]
    for input in graph.inputs { slots[input.name.description] = input.slot }
    for (index, node) in graph.nodes.enumerated() {
      for (name, slot) in zip(node.outputNames, node.outputs) {
        guard let slot else { continue }
        slots[name.description] = slot
        makers[slot] = index
      }
    }
    return (slots, makers)
  }

  /// The nodes that make a value of others, which become the part's inputs.
  ///
  /// - Returns: nil where the value is not made of them and constants alone.
  /// - Complexity: O(nodes of the part).
  func part(from names: Set<String>, to output: String) -> PreparedGraph? {
    let (slots, makers) = table
    guard let last = slots[output] else { return nil }
    let given = Dictionary(
      names.compactMap { name in slots[name].map { ($0, name) } }, uniquingKeysWith: { first, _ in first })
    guard given.count == names.count else { return nil }
    var needed: Set<Int> = []
    var open = [last]
    while let slot = open.popLast() {
      if given[slot] != nil || graph.constants[slot] != nil { continue }
      guard let index = makers[slot] else { return nil }
      guard needed.insert(index).inserted else { continue }
      open += graph.nodes[index].read
    }
    return part(of: needed.sorted().map { graph.nodes[$0] }, from: given, to: last, output)
  }

  /// The nodes as a graph whose slots are numbered anew.
  private func part(
    of nodes: [PreparedNode], from given: [Int: String], to last: Int, _ output: String
  ) -> PreparedGraph {
    var part = PreparedGraph()
    var numbers: [Int: Int] = [:]
    func number(_ slot: Int) -> Int {
      if let number = numbers[slot] { return number }
      let number = numbers.count
      numbers[slot] = number
      part.constants[number] = given[slot] == nil ? graph.constants[slot] : nil
      return number
    }
    part.inputs = given.sorted { $0.value < $1.value }.map { slot, name in
      PreparedGraph.Input(name: Name(name), slot: number(slot), type: Graph.StatedType())
    }
    part.nodes = nodes.map { node in
      var node = node
      node.inputs = node.inputs.map { $0.map(number) }
      node.outputs = node.outputs.map { $0.map(number) }
      node.subgraphs = node.subgraphs.mapValues { graph in
        var graph = graph
        graph.captures = graph.captures.map { PreparedGraph.Capture(outer: number($0.outer), inner: $0.inner) }
        return graph
      }
      return node
    }
    part.outputs = [PreparedGraph.Output(name: Name(output), slot: number(last))]
    part.slotCount = numbers.count
    part.findLastUses()
    return part
  }
}

extension PreparedNode {
  /// The slots that the node reads, those that its graphs capture among them.
  var read: [Int] { inputs.compactMap { $0 } + subgraphs.values.flatMap { $0.captures.map(\.outer) } }
}
