/// A channel's scale from below and above, closely enough to round products to float32 or less.
///
/// The bounds are 2⁻⁵⁰ of the scale away, which is more than a double's product is off: 2⁻⁵³ for its own rounding,
/// as much for the bound's and for the scale's. Where the scale is a double of so few bits that its products are
/// exact, both are the scale itself.
struct Bracket: BitwiseCopyable, Sendable {
  let low: Double
  let high: Double
}
