/// A name in a model, compared byte by byte.
///
/// Swift compares strings by canonical equivalence; formats do not, and a file may hold bytes that are no UTF-8 at all.
package struct Name: Hashable, Sendable {
  package let bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }

  package init(_ text: String) { bytes = Array(text.utf8) }

  package init(_ text: UnsafePointer<CChar>?) {
    guard let text = unsafe text else {
      bytes = []
      return
    }
    bytes = unsafe ByteText.bytes(of: text)
  }

  /// Whether a text of C has these bytes, which takes no copy of it.
  package func isSpelled(by text: UnsafePointer<CChar>?) -> Bool {
    guard let text = unsafe text else { return isEmpty }
    for (index, byte) in bytes.enumerated() where unsafe UInt8(bitPattern: text[index]) != byte || byte == 0 {
      return false
    }
    return unsafe text[bytes.count] == 0
  }

  package var isEmpty: Bool { bytes.isEmpty }

  /// Whether two texts of C are the same, of which one that is not there is empty.
  package static func areSpelledAlike(_ a: UnsafePointer<CChar>?, _ b: UnsafePointer<CChar>?) -> Bool {
    guard let a = unsafe a, let b = unsafe b else {
      return unsafe (a?.pointee ?? 0) == (b?.pointee ?? 0)
    }
    var index = 0
    while unsafe a[index] == b[index] {
      if unsafe a[index] == 0 { return true }
      index += 1
    }
    return false
  }

  package static func == (a: Name, b: Name) -> Bool { ByteText.areEqual(a.bytes, b.bytes) }

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
