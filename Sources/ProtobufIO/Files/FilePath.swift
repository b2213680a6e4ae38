#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A path as the system takes it: bytes, which need not be text.
///
/// Paths are equal where their bytes are. Only what is shown of one is text.
public struct FilePath: Hashable, Sendable {
  /// The bytes, in UTF-8 wherever whoever named the file wrote text.
  public let bytes: [UInt8]

  /// A path of any bytes.
  public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// A path of text, in UTF-8.
  public init(_ text: String) { bytes = Array(text.utf8) }
}

extension FilePath: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) { self.init(text) }
}

extension FilePath: CustomStringConvertible {
  /// The path as text, with `\xE4` for a byte that is not UTF-8.
  public var description: String {
    CarriedText.text(of: bytes) { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
  }
}

extension FilePath {
  /// Standard input, or standard output.
  package static let standard: FilePath = "-"

  /// The path of something in this folder.
  package func appending(_ name: FilePath) -> FilePath {
    FilePath(bytes: bytes.last == UInt8(ascii: "/") ? bytes + name.bytes : bytes + "/".utf8 + name.bytes)
  }

  /// What the system wrote, up to the first 0.
  init(terminated buffer: [CChar]) { self.init(bytes: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }) }

  /// Calls the system with the path.
  ///
  /// - Returns: What `call` returns, or -EINVAL for a path that holds a NUL, which would end it early.
  @safe
  func withCString(_ call: (UnsafePointer<CChar>) -> Int32) -> Int32 {
    guard !bytes.contains(0) else { return -EINVAL }
    let text = bytes.map { CChar(bitPattern: $0) } + [0]
    return unsafe call(text)
  }
}
