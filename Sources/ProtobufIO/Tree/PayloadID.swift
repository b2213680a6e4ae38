/// The number of a payload, and the address that stands for it in a protobuf-c tree.
///
/// The address has its highest bit set, where no user-space memory is on any 64-bit system, so it is
/// never mistaken for bytes and nothing can be read through it.
package struct PayloadID: Hashable, Sendable {
  package let index: Int

  init(index: Int) {
    self.index = index
  }

  private static let mark: UInt = 1 << 63

  /// The payload that an address stands for, nil for a real one.
  init?(address: UnsafeRawPointer?) {
    let bits = UInt(bitPattern: address)
    guard bits & Self.mark != 0 else { return nil }
    index = Int((bits & ~Self.mark) >> 4)
  }

  /// The address that stands for this payload; aligned, since C code may check.
  var address: UnsafeMutableRawPointer? {
    unsafe UnsafeMutableRawPointer(bitPattern: Self.mark | UInt(index) << 4)
  }
}
