/// Text from a model or a path, as the forms for people and the command's lines show it.
///
/// The JSON form has all of it.
package enum ShownText {
  /// A name of more bytes loses its middle.
  package static let longestName = 200
  /// A text of more bytes does, where shortening the names in it is not enough.
  package static let longestText = 2000

  /// A text without characters that act instead of being seen, in which every name between quotes is shortened.
  ///
  /// - Complexity: O(bytes).
  package static func shown(_ text: String) -> String {
    guard text.utf8.count > longestName else { return Report.printable(text) }
    let parts = betweenQuotes(Array(text.unicodeScalars))
    let shortened = parts.indices.map { index in
      // Every other part stands between quotes, where another quote follows it.
      index.isMultiple(of: 2) || index == parts.indices.last
        ? parts[index] : withoutMiddle(parts[index], over: longestName)
    }
    return Report.printable(withoutMiddle(shortened.joined(separator: "'"), over: longestText))
  }

  /// The same for a name, which is never empty.
  static func name(_ name: String, or other: String = "") -> String {
    let name = name.isEmpty ? other : name
    return name.isEmpty ? "(no name)" : Report.printable(withoutMiddle(name, over: longestName))
  }

  /// The parts of a text that quotes part; an apostrophe within a word is none.
  private static func betweenQuotes(_ scalars: [Unicode.Scalar]) -> [String] {
    func isInWord(_ index: Int) -> Bool { scalars.indices.contains(index) && scalars[index].properties.isAlphabetic }
    var parts = [String.UnicodeScalarView()]
    for index in scalars.indices {
      if scalars[index] == "'", !(isInWord(index - 1) && isInWord(index + 1)) {
        parts.append(String.UnicodeScalarView())
      } else {
        parts[parts.count - 1].append(scalars[index])
      }
    }
    return parts.map { String($0) }
  }

  private static func withoutMiddle(_ text: String, over limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    let half = (limit - "…".utf8.count) / 2
    let scalars = text.unicodeScalars
    return String(prefix(of: scalars, half)) + "…"
      + String(String.UnicodeScalarView(prefix(of: scalars.reversed(), half).reversed()))
  }

  /// The first scalars that take no more than so many bytes.
  private static func prefix(of scalars: some Sequence<Unicode.Scalar>, _ limit: Int) -> String.UnicodeScalarView {
    var result = String.UnicodeScalarView()
    var count = 0
    for scalar in scalars {
      count += UTF8.width(scalar)
      if count > limit { break }
      result.append(scalar)
    }
    return result
  }
}
