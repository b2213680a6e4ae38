import RecordedData

/// What tells one stored tensor of a file from another.
package struct TensorPlace: Hashable, Sendable {
  private let address: UInt

  init(address: UInt) { self.address = address }
}

extension TensorView {
  package var place: TensorPlace { unsafe TensorPlace(address: UInt(bitPattern: pointer)) }
}
