/// A bias that is stored as integers, each of which counts steps.
package struct BiasSteps: Sendable {
  /// The tensor that holds the integers, and their type.
  package let tensor: String
  package let type: String

  /// The size of a step for each channel.
  package let sizes: [Double]

  /// What the product of each integer and its step is more than what a run reads, which is rounded.
  package let rests: [Double]

  /// - Parameters:
  ///   - sizes: One above 0 for each channel.
  ///   - rests: One for each element of the bias.
  package init(tensor: String, type: String, sizes: [Double], rests: [Double]) {
    (self.tensor, self.type, self.sizes, self.rests) = (tensor, type, sizes, rests)
  }
}
