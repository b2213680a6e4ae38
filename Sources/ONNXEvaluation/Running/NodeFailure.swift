/// Why one node cannot be executed.
struct NodeFailure: Error, CustomStringConvertible {
  let description: String

  init(_ text: String) { description = text }
}
