/// What tells one stored tensor from another.
package struct TensorPlace: Hashable, Sendable {
  private let address: UInt

  package init(address: UInt) { self.address = address }
}
