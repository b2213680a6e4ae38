package import ONNXModel
package import RecordedData

/// A constant of one graph of a model, by its name.
package struct ConstantPlace: Hashable {
  package let graph: GraphPlace
  package let name: Name

  package init(graph: GraphPlace, name: Name) {
    self.graph = graph
    self.name = name
  }
}
