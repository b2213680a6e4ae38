/// The 64-bit XXH64 hash of a stream of bytes, seed 0.
///
/// It names data files by what they hold; `xxhsum -H1` prints the same number. It is not a defence
/// against somebody who wants two files to collide. Source: the xxHash specification, version 0.1.1.
package struct ContentHash {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  private var lanes = SIMD4<UInt64>(prime1 &+ prime2, prime2, 0, 0 &- prime1)
  private var pending: [UInt8] = []
  private var count: UInt64 = 0

  package init() { pending.reserveCapacity(32) }

  /// Takes the next bytes of the stream.
  package mutating func update(_ bytes: RawSpan) {
    count &+= UInt64(bytes.byteCount)
    var offset = 0
    if !pending.isEmpty {
      while pending.count < 32, offset < bytes.byteCount {
        pending.append(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
        offset += 1
      }
      guard pending.count == 32 else { return }
      let block = pending
      unsafe mix(block.span.bytes, at: 0)
      pending.removeAll(keepingCapacity: true)
    }
    while bytes.byteCount - offset >= 32 {
      mix(bytes, at: offset)
      offset += 32
    }
    while offset < bytes.byteCount {
      pending.append(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
      offset += 1
    }
  }

  /// The hash of all bytes taken so far.
  package var value: UInt64 {
    var hash: UInt64
    if count >= 32 {
      hash = Self.rotate(lanes[0], 1) &+ Self.rotate(lanes[1], 7)
      hash = hash &+ Self.rotate(lanes[2], 12) &+ Self.rotate(lanes[3], 18)
      for lane in 0..<4 {
        hash ^= Self.round(0, lanes[lane])
        hash = hash &* Self.prime1 &+ Self.prime4
      }
    } else {
      hash = Self.prime5
    }
    hash &+= count
    let tail = unsafe pending.span.bytes
    var offset = 0
    while tail.byteCount - offset >= 8 {
      hash ^= Self.round(0, unsafe tail.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
      hash = Self.rotate(hash, 27) &* Self.prime1 &+ Self.prime4
      offset += 8
    }
    if tail.byteCount - offset >= 4 {
      let word = unsafe tail.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
      hash ^= UInt64(word) &* Self.prime1
      hash = Self.rotate(hash, 23) &* Self.prime2 &+ Self.prime3
      offset += 4
    }
    for byte in pending[offset...] {
      hash ^= UInt64(byte) &* Self.prime5
      hash = Self.rotate(hash, 11) &* Self.prime1
    }
    hash ^= hash >> 33
    hash &*= Self.prime2
    hash ^= hash >> 29
    hash &*= Self.prime3
    return hash ^ (hash >> 32)
  }

  /// The hash as sixteen hexadecimal digits.
  package var hexadecimal: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private mutating func mix(_ bytes: RawSpan, at offset: Int) {
    for lane in 0..<4 {
      let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset + lane * 8, as: UInt64.self)
      lanes[lane] = Self.round(lanes[lane], word)
    }
  }

  private static func round(_ accumulator: UInt64, _ word: UInt64) -> UInt64 {
    rotate(accumulator &+ word &* prime2, 31) &* prime1
  }

  private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
    value &<< bits | value &>> (64 - bits)
  }
}
