package import Tensors

/// An edge of the graph.
package struct FoldValue: Sendable {
  /// What keeps a value as it is, besides its readers.
  package struct Pins: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The graph hands it to its caller.
    package static let graphOutput = Pins(rawValue: 1)
    /// Something in an inner scope, or beside the graph, names it.
    package static let captured = Pins(rawValue: 2)
    /// The user asked for it to stay.
    package static let kept = Pins(rawValue: 4)
  }

  /// For people; shared with whoever gave it, as graphs have many.
  private let nameBytes: [UInt8]
  package var producer: OperatorID?

  /// The graph or the body that it is a value of; those of other scopes that know its name may read it too.
  package let scope: Int

  /// How many operator inputs take notice of its contents.
  ///
  /// Those of operators that only need its shape or its type do not, nor do those whose results reach no output.
  package var readerCount = 0
  package var pins: Pins = []

  /// Whether some of them are in inner scopes.
  package var isReadInside = false

  /// Whether a body or a function hands it out, under any name, so that something there has to make it.
  package var isHandedOut = false

  /// Whether it is what a function is called with, so that nothing in the function makes it.
  package var isHandedIn = false

  package init(name: String, scope: Int = 0) { self.init(name: Array(name.utf8), scope: scope) }

  package init(name: [UInt8], scope: Int) { (nameBytes, self.scope) = (name, scope) }

  package var name: String { String(decoding: nameBytes, as: UTF8.self) }
}
