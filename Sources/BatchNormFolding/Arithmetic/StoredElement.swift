/// An element of a stored tensor.
///
/// The kernels are requirements, so that each type's own are compiled for it and other modules call those.
package protocol StoredElement: BitwiseCopyable, Sendable {
  static var storage: StorageType { get }

  /// The element's value, exactly.
  var widened: Double { get }

  /// An element of a value that this type holds exactly.
  init(representing value: Double)

  /// Eight elements, widened; NaN for one that only `widened` can tell.
  static func load(_ chunk: borrowing MutableSpan<Self>, _ index: Int) -> SIMD8<Double>

  /// The nearest numbers of this type, if they are 0 or normal; ties go either way.
  static func rounded(_ values: SIMD8<Double>) -> SIMD8<Double>

  /// Stores eight numbers that this type holds exactly, each 0 or normal.
  static func store(_ values: SIMD8<Double>, in chunk: inout MutableSpan<Self>, _ index: Int)

  /// `FoldArithmetic.scale` for this type.
  static func scale(
    _ chunk: inout MutableSpan<Self>, from first: Int, map: ChannelMap, by arithmetic: FoldArithmetic
  ) -> ChunkOutcome

  /// `FoldError.observe` for this type.
  static func observe(
    _ original: Span<Self>, _ folded: Span<Self>, from first: Int, map: ChannelMap, in error: inout FoldError)

  /// `ChannelMagnitudes.observe` for this type.
  static func observe(
    _ chunk: Span<Self>, from first: Int, map: ChannelMap, in magnitudes: inout ChannelMagnitudes)
}
