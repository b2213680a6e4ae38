/// What the header of a file of numpy's format says: Python's text of a dictionary of three entries.
package struct NumpyHeader {
  /// The type of an element, as numpy writes it.
  package let type: String
  /// Whether the first axis is the one along which neighbours lie.
  package let isColumnMajor: Bool
  package let shape: [Int]

  /// Why a header is none; one sentence.
  package struct Fault: Error {
    package let text: String
  }

  /// - Throws: Where the text is anything but one dictionary with each entry once.
  package init(_ text: some StringProtocol) throws(Fault) {
    var reader = Reader(rest: Substring(text).unicodeScalars)
    var entries: [String: Reader.Literal] = [:]
    try reader.expect("{")
    while !reader.take("}") {
      let key = try reader.text()
      try reader.expect(":")
      guard entries.updateValue(try reader.literal(), forKey: key) == nil else {
        throw Fault(text: "its header names '\(key)' twice")
      }
      if !reader.take(",") {
        try reader.expect("}")
        break
      }
    }
    guard reader.isAtEnd else { throw Fault(text: "its header goes on behind its '}'") }
    for key in entries.keys.sorted() where !["descr", "fortran_order", "shape"].contains(key) {
      throw Fault(text: "its header names '\(key)', which is not known")
    }
    guard case .text(let type)? = entries["descr"] else { throw Fault(text: "its header names no 'descr' of one type") }
    guard case .word(let order)? = entries["fortran_order"], order == "True" || order == "False" else {
      throw Fault(text: "its header's 'fortran_order' is neither True nor False")
    }
    guard case .sizes(let shape)? = entries["shape"] else { throw Fault(text: "its header's 'shape' is no tuple") }
    (self.type, isColumnMajor, self.shape) = (type, order == "True", shape)
  }
}

extension NumpyHeader {
  /// Reads the few of Python's literals that a header may hold.
  private struct Reader {
    enum Literal {
      case text(String)
      case word(String)
      case sizes([Int])
    }

    var rest: Substring.UnicodeScalarView

    private mutating func skipSpace() { rest = rest.drop { $0 == " " || $0 == "\n" || $0 == "\t" } }

    var isAtEnd: Bool {
      mutating get {
        skipSpace()
        return rest.isEmpty
      }
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
      skipSpace()
      guard rest.first == scalar else { return false }
      rest.removeFirst()
      return true
    }

    mutating func expect(_ scalar: Unicode.Scalar) throws(Fault) {
      guard take(scalar) else {
        let found = rest.first.map { "'\($0)' stands" } ?? "it ends"
        throw Fault(text: "its header has no '\(scalar)' where \(found)")
      }
    }

    mutating func text() throws(Fault) -> String {
      skipSpace()
      guard let quote = rest.first, quote == "'" || quote == "\"" else {
        throw Fault(text: "its header has a key without quotes")
      }
      rest.removeFirst()
      let text = rest.prefix { $0 != quote && $0 != "\\" }
      rest = rest[text.endIndex...]
      guard rest.popFirst() == quote else { throw Fault(text: "its header has a text that is not closed") }
      return String(text)
    }

    mutating func literal() throws(Fault) -> Literal {
      skipSpace()
      switch rest.first {
      case "'", "\"": return .text(try text())
      case "(": return .sizes(try sizes())
      default:
        let word = rest.prefix {
          $0.properties.isAlphabetic || ("0"..."9").contains($0) || "+-._".unicodeScalars.contains($0)
        }
        rest = rest[word.endIndex...]
        return .word(String(word))
      }
    }

    /// A tuple of sizes; of one size it needs a comma, as in Python.
    private mutating func sizes() throws(Fault) -> [Int] {
      var sizes: [Int] = []
      var hasComma = false
      try expect("(")
      while !take(")") {
        skipSpace()
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest = rest[digits.endIndex...]
        guard let size = Int(String(digits)) else { throw Fault(text: "its header's 'shape' holds what is no size") }
        // Old files write `3L`.
        if rest.first == "L" { rest.removeFirst() }
        sizes.append(size)
        if take(",") {
          hasComma = true
        } else {
          try expect(")")
          break
        }
      }
      guard sizes.count != 1 || hasComma else { throw Fault(text: "its header's 'shape' is no tuple") }
      return sizes
    }
  }
}
