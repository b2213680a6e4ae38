/// Why something cannot be computed: a shape, an element type or a number that does not fit.
package struct ComputationFailure: Error, CustomStringConvertible {
  package let description: String

  package init(_ text: String) { description = text }
}
