/// What tells one graph of a document from another.
package struct GraphPlace: Hashable, Sendable {
  private let address: UInt

  init(address: UInt) { self.address = address }
}

extension GraphView {
  package var place: GraphPlace { unsafe GraphPlace(address: UInt(bitPattern: pointer)) }
}
