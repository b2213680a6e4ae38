/// An element of a stored tensor.
///
/// The work on whole chunks is among the requirements so that each type's is compiled for it, and other modules
/// call that.
package protocol StoredElement: BitwiseCopyable, Sendable {
  static var storage: StorageType { get }

  /// The element's value, exactly.
  var widened: Double { get }

  /// An element of a value that this type holds exactly.
  init(representing value: Double)

  /// `FoldArithmetic.scale` for this type.
  static func scale(
    _ source: Span<Self>, into target: inout MutableSpan<Self>, from first: Int, map: ChannelMap,
    by arithmetic: FoldArithmetic
  ) -> ChunkOutcome

  /// `FoldError.observe` for this type.
  static func observe(
    _ original: Span<Self>, _ folded: Span<Self>, from first: Int, map: ChannelMap, in error: inout FoldError)

  /// `ChannelMagnitudes.observe` for this type.
  static func observe(
    _ chunk: Span<Self>, from first: Int, map: ChannelMap, in magnitudes: inout ChannelMagnitudes)

  /// `InputShiftSum.observe` for this type.
  static func observe(_ chunk: Span<Self>, from first: Int, in sum: inout InputShiftSum)
}
