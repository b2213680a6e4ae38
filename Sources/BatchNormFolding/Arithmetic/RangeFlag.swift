/// The highest bit, if a float32's magnitude is neither 0 nor within a normal range.
///
/// - Parameters:
///   - magnitude: The bits without the sign.
///   - least: The bits of the least normal number.
///   - end: The bits of the least number that is too large.
@inline(__always)
func rangeFlag(_ magnitude: UInt32, least: UInt32, end: UInt32) -> UInt32 {
  // Both differences are negative for a magnitude below the least but not 0; the last for one too large.
  (((magnitude &- least) & (0 &- magnitude)) | (end &- 1 &- magnitude)) & 0x8000_0000
}
