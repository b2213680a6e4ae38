#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A name in a model, compared byte by byte.
///
/// Swift compares strings by canonical equivalence; ONNX does not, and a file may hold bytes that are no
/// UTF-8 at all.
package struct Name: Hashable, Sendable {
  package let bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }

  package init(_ text: String) { bytes = Array(text.utf8) }

  init(_ text: UnsafePointer<CChar>?) {
    guard let text = unsafe text else {
      bytes = []
      return
    }
    bytes = unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }

  /// Whether a text of C has these bytes, which takes no copy of it.
  func isSpelled(by text: UnsafePointer<CChar>?) -> Bool {
    guard let text = unsafe text else { return isEmpty }
    for (index, byte) in bytes.enumerated() where unsafe UInt8(bitPattern: text[index]) != byte || byte == 0 {
      return false
    }
    return unsafe text[bytes.count] == 0
  }

  package var isEmpty: Bool { bytes.isEmpty }

  package static func == (a: Name, b: Name) -> Bool {
    guard a.bytes.count == b.bytes.count else { return false }
    return unsafe a.bytes.withUnsafeBytes { first in
      unsafe b.bytes.withUnsafeBytes { second in
        guard let start = first.baseAddress, let other = second.baseAddress else { return true }
        return unsafe memcmp(start, other, first.count) == 0
      }
    }
  }

  package func hash(into hasher: inout Hasher) {
    unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
  }
}

extension Name: ExpressibleByStringLiteral {
  package init(stringLiteral text: StaticString) { self.init(text.description) }
}

extension Name: CustomStringConvertible {
  /// The name as text, with a replacement character for what is no UTF-8.
  package var description: String { String(decoding: bytes, as: UTF8.self) }
}
