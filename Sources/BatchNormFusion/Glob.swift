/// A pattern in which `*` stands for any characters, `?` for one, and `[abc]`, `[a-z]`, `[!a]` for one of a set.
struct Glob {
  private let pattern: [Character]

  init(_ pattern: String) { self.pattern = Array(pattern) }

  /// Whether the whole text matches.
  ///
  /// - Complexity: O(pattern × text).
  func matches(_ text: String) -> Bool {
    let text = Array(text)
    var (place, position) = (0, 0)
    var star: (place: Int, position: Int)?
    while position < text.count {
      if place < pattern.count, pattern[place] == "*" {
        star = (place, position)
        place += 1
      } else if let next = matchOne(text[position], at: place) {
        place = next
        position += 1
      } else if let last = star {
        star = (last.place, last.position + 1)
        place = last.place + 1
        position = last.position + 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == "*" }
  }

  /// The place behind the part of the pattern that matches one character, nil if it does not.
  private func matchOne(_ character: Character, at place: Int) -> Int? {
    guard place < pattern.count else { return nil }
    switch pattern[place] {
    case "?": return place + 1
    case "[":
      guard let end = pattern[(place + 1)...].dropFirst().firstIndex(of: "]") else {
        return character == "[" ? place + 1 : nil
      }
      var set = pattern[(place + 1)..<end]
      let isNegated = set.first == "!"
      if isNegated { set = set.dropFirst() }
      return Self.contains(Array(set), character) != isNegated ? end + 1 : nil
    default: return pattern[place] == character ? place + 1 : nil
    }
  }

  private static func contains(_ set: [Character], _ character: Character) -> Bool {
    var index = 0
    while index < set.count {
      if index + 2 < set.count, set[index + 1] == "-" {
        if set[index] <= character, character <= set[index + 2] { return true }
        index += 3
      } else {
        if set[index] == character { return true }
        index += 1
      }
    }
    return false
  }
}
