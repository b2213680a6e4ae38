extension FoldArithmetic {
  /// What one repeated weight element becomes in each channel.
  ///
  /// - Precondition: There is no map in front of the operator or beside it.
  /// - Complexity: O(channels).
  package func splat(_ stored: Double) -> [Double] {
    precondition(input == nil && parallel == nil, "channels must be of one value")
    var careful = CarefulScaler(self)
    return output.scales.indices.map { careful.weight(stored, WeightPlace(channel: $0, inputChannel: nil)) }
  }
}
