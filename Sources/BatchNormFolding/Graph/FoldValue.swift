/// An edge of the graph.
package struct FoldValue: Sendable {
  /// What keeps a value as it is, besides its readers.
  package struct Pins: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The graph hands it to its caller.
    package static let graphOutput = Pins(rawValue: 1)
    /// An inner scope reads it.
    package static let captured = Pins(rawValue: 2)
    /// The user asked for it to stay.
    package static let kept = Pins(rawValue: 4)
  }

  package let name: String
  package var producer: OperatorID?

  /// How many operator inputs in its own scope take notice of its contents.
  ///
  /// Those of operators that only need its shape or its type do not, nor do those whose results reach no output.
  package var readerCount = 0
  package var pins: Pins = []

  package init(name: String) { self.name = name }
}
