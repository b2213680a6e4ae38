/// A candidate with what is known of how it came of the original.
public struct AlignedCandidate<Model: Evaluator> {
  let model: Model
  /// The candidate with exact parameters in place of those that it stores.
  let exact: Model?
  /// Makes the candidate with each parameter of a fold moved by a unit in the last place, up or down as a seed says.
  let moved: ((_ seed: Int) throws -> Model)?
  let pieces: [FoldPiece]
  /// The candidate's name of a value, by the original's, where it is another one.
  let renamed: [String: String]
  /// Values that the candidate has in another form, by the original's name.
  let scaled: [String: ScaledValue]
  let certification: Certification?

  public init(
    _ model: Model, exact: Model? = nil, moved: ((_ seed: Int) throws -> Model)? = nil, pieces: [FoldPiece] = [],
    renamed: [String: String] = [:],
    scaled: [String: ScaledValue] = [:], certification: Certification? = nil
  ) {
    self.model = model
    self.exact = exact
    self.moved = moved
    self.pieces = pieces
    self.renamed = renamed
    self.scaled = scaled
    self.certification = certification
  }
}
