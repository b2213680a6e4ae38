/// What a run computes in.
public enum Precision: String, CaseIterable, Codable, Sendable {
  /// In the model's own types: single precision (double where the model has `float64`), the result of every node
  /// rounded to its type.
  case own

  /// In double precision throughout, nothing rounded to a narrower type: the nearest that there is to the
  /// function that the model means.
  case float64
}
