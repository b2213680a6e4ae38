/// Bytes that pass through text and come back as they were.
///
/// What parses arguments deals in text. A byte that is no part of UTF-8 goes as a scalar of its own, U+10FC80 to
/// U+10FCFF, which are for private use. Where such a scalar itself is written, each of its bytes goes so.
package enum CarriedText {
  private static let first: UInt32 = 0x10_FC00
  private static let carriers = first + 0x80...first + 0xFF

  /// The text that carries bytes.
  package static func carrying(_ bytes: [UInt8]) -> String {
    text(of: bytes, isCarried: { carriers.contains($0.value) }) { byte in
      Unicode.Scalar(first + UInt32(byte)).map { String($0) } ?? ""
    }
  }

  /// The bytes that a text carries.
  package static func bytes(in text: String) -> [UInt8] {
    text.unicodeScalars.flatMap { scalar in
      carriers.contains(scalar.value) ? [UInt8(scalar.value - first)] : Array(UTF8.encode(scalar) ?? .init())
    }
  }

  /// A carried text as text alone, with a replacement character for what is no UTF-8, as names of a model have it.
  package static func repaired(_ text: String) -> String { String(decoding: bytes(in: text), as: UTF8.self) }

  /// The bytes as text.
  ///
  /// - Parameters:
  ///   - isCarried: Scalars whose bytes are taken for no UTF-8.
  ///   - escape: What stands for a byte that is no part of UTF-8.
  /// - Complexity: O(bytes).
  static func text(
    of bytes: [UInt8], isCarried: (Unicode.Scalar) -> Bool = { _ in false }, _ escape: (UInt8) -> String
  ) -> String {
    var result = ""
    var rest = bytes[...].makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    var position = 0
    while true {
      switch parser.parseScalar(from: &rest) {
      case .valid(let encoded):
        let scalar = UTF8.decode(encoded)
        if isCarried(scalar) {
          for byte in encoded { result += escape(byte) }
        } else {
          result.unicodeScalars.append(scalar)
        }
        position += encoded.count
      case .error(let length):
        for byte in bytes[position..<position + length] { result += escape(byte) }
        position += length
      case .emptyInput: return result
      }
    }
  }
}
