import ProtobufIO

/// How the data files of one output are called: `<output name>.<content hash>.data`.
struct DataFileName {
  private static let longest = 255
  private static let ending = ".data"
  private static let hashLength = 16

  /// How each begins.
  let prefix: String

  /// - Parameter output: The model; as much of its name counts as leaves room in the longest name a file can have.
  init(of output: FilePath) {
    let room = Self.longest - 1 - Self.hashLength - Self.ending.utf8.count
    var start = FileName(output).text
    while start.utf8.count > room { start.unicodeScalars.removeLast() }
    prefix = start + "."
  }

  /// The name of the file that holds contents of a hash, sixteen hexadecimal digits.
  func name(hash: String) -> String { prefix + hash + Self.ending }

  /// Whether a location is such a name.
  func matches(_ location: String) -> Bool {
    guard location.hasPrefix(prefix), location.hasSuffix(Self.ending) else { return false }
    let hash = location.utf8.dropFirst(prefix.utf8.count).dropLast(Self.ending.utf8.count)
    return hash.count == Self.hashLength && hash.allSatisfy("0123456789abcdef".utf8.contains)
  }
}
