/// One per-channel map behind a linear operator, or in front of one.
///
/// Each array has a number for each channel, as it is stored.
package enum AffineStep: Equatable, Sendable {
  /// `(x − mean) · gamma / sqrt(variance + epsilon) + beta`.
  case normalization(gamma: [Double], beta: [Double], mean: [Double], variance: [Double], epsilon: Double)
  /// `x + values`.
  case addition([Double])
  /// `x · values`.
  case multiplication([Double])
  /// `x / values`.
  case division([Double])
}
