package import BatchNormFolding

/// Puts the elements of new and changed tensors into their bytes, little-endian.
///
/// What it writes is read back as the bytes of a file are, so that a fault here is seen by whoever checks the result; a
/// test may put a faulty one in its place.
package struct ElementEncoder: Sendable {
  /// The bytes of numbers that a type holds exactly.
  package var numbers: @Sendable (_ numbers: [Double], StorageType) -> [UInt8] = { $1.bytes(of: $0) }

  /// The bytes of integers, or of other patterns of bits, of which an element has the lowest ones.
  ///
  /// Elements of less than a byte are packed, the first in the lowest bits.
  package var integers: @Sendable (_ integers: [Int], _ bitWidth: Int) -> [UInt8] = { Self.packed($0, bitWidth: $1) }

  package init() {}

  private static func packed(_ integers: [Int], bitWidth: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity((integers.count * bitWidth + 7) / 8)
    // What does not fill a byte yet is carried to the next element.
    var (carried, carriedBits) = (0, 0)
    for integer in integers {
      var (rest, bits) = (integer, bitWidth)
      while bits > 0 {
        let taken = min(bits, 8 - carriedBits)
        carried |= (rest & (1 << taken - 1)) << carriedBits
        (rest, bits, carriedBits) = (rest >> taken, bits - taken, carriedBits + taken)
        guard carriedBits == 8 else { continue }
        bytes.append(UInt8(carried))
        (carried, carriedBits) = (0, 0)
      }
    }
    if carriedBits > 0 { bytes.append(UInt8(carried)) }
    return bytes
  }
}
