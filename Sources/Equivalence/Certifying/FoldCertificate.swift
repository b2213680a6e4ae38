/// How far the stored parameters of one fold are from the exact real fold, found without running anything.
///
/// The fold is not told but recovered: both models make one value, the original by a linear operator and maps
/// behind it, the candidate by the same operator with fewer maps or none.
public struct FoldCertificate: Codable, Equatable, Sendable {
  /// The least and the greatest of the channels' magnitudes.
  public struct Extent: Codable, Equatable, Sendable {
    public var least: Double
    public var greatest: Double
  }

  /// The value that both models make, as the original names it.
  public var value: String
  /// The path of the graph that it is in.
  public var graph: String
  public var `operator`: String
  /// The operator's node in the candidate.
  public var node: String
  /// The outputs of the norms that were folded.
  public var norms: [String]
  public var channels: Int
  public var weight: StoredDistance
  /// nil where neither model has one.
  public var bias: StoredDistance?
  /// The largest distance of a bias that is stored as integers, in steps of their scales; nil where it is not, or one is
  /// infinite.
  public var maxBiasSteps: Double?
  public var outputBound: OutputBound
  /// Of what the channels were multiplied by.
  public var scales: Extent
  /// Of the channels' largest weights, before and after; nil where all are 0, which do not count.
  public var rangesBefore: Extent?
  public var rangesAfter: Extent?

  /// Whether some element is farther off than what was allowed.
  public var isBeyondLimit: Bool { weight.beyondLimit > 0 || (bias?.beyondLimit ?? 0) > 0 }
}
