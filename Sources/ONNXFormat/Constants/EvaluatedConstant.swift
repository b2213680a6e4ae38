/// What nodes make of constants.
package struct EvaluatedConstant {
  package let shape: [Int]

  /// The element type's name.
  package let typeName: String

  /// In row-major order, widened exactly.
  package let elements: [Double]

  package init(shape: [Int], typeName: String, elements: [Double]) {
    self.shape = shape
    self.typeName = typeName
    self.elements = elements
  }
}
