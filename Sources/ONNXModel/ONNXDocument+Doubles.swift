import RecordedData

extension ONNXDocument {
  /// Whether any number of the model is stored, declared or made as `float64`.
  ///
  /// A value that only an operator of its own makes is not seen.
  package var holdsDoubles: Bool {
    func isDouble(_ infos: [ValueInfoView]) -> Bool { infos.contains { $0.elementType == .float64 } }
    func makesDoubles(_ node: NodeView) -> Bool {
      node.attributes.contains { attribute in
        let asksForDouble =
          attribute.name == "to" || attribute.name == "dtype"
          ? (try? attribute.integer()) == DataType.float64.rawValue || attribute.string == "DOUBLE" : false
        return asksForDouble || attribute.graphs.contains(where: holdsDoubles)
      }
    }
    func holdsDoubles(_ graph: GraphView) -> Bool {
      isDouble(graph.inputs) || isDouble(graph.outputs) || graph.nodes.contains(where: makesDoubles)
    }
    return holdsDoubles(graph) || functions.contains { $0.nodes.contains(where: makesDoubles) }
      || allTensors().contains { $0.elementType == .float64 }
  }
}
