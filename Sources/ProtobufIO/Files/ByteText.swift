import CSystemShims

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Bytes of text as the C library measures and compares them.
package enum ByteText {
  /// The bytes of a text that ends with a 0.
  package static func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }

  /// Whether both are of the same bytes.
  package static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return unsafe a.withUnsafeBytes { first in
      unsafe b.withUnsafeBytes { second in
        guard let start = first.baseAddress, let other = second.baseAddress else { return true }
        return unsafe memcmp(start, other, first.count) == 0
      }
    }
  }

  /// Whether a part of the first is the second.
  package static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    unsafe text.withUnsafeBytes { text in
      unsafe part.withUnsafeBytes { part in
        guard let start = text.baseAddress, let other = part.baseAddress else { return unsafe part.isEmpty }
        return unsafe shim_contains(start, text.count, other, part.count) != 0
      }
    }
  }
}
