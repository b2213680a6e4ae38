/// What a fold's certificate names.
package struct FoldTitles {
  package let value: String
  package let graph: String
  package let `operator`: String
  package let node: String
  package let norms: [String]

  package init(value: String, graph: String, operator: String, node: String, norms: [String]) {
    self.value = value
    self.graph = graph
    self.operator = `operator`
    self.node = node
    self.norms = norms
  }
}
