/// `|Δy[c]| ≤ perUnitInput · max|x| + constant` for every input, the largest over the channels.
public struct OutputBound: Codable, Equatable, Sendable {
  public var perUnitInput: Double
  public var constant: Double

  public init(perUnitInput: Double, constant: Double) {
    self.perUnitInput = perUnitInput
    self.constant = constant
  }
}
