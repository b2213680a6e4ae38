/// An element of a stored tensor.
///
/// The kernels are requirements, so that each type's own are compiled for it and other modules call those. Their
/// loops are written so that compilers turn them into vector instructions.
package protocol StoredElement: BitwiseCopyable, Sendable {
  static var storage: StorageType { get }

  /// The element's value, exactly.
  var widened: Double { get }

  /// An element of a value that this type holds exactly.
  init(representing value: Double)

  /// Scales elements, if doubles decide how each of them rounds.
  ///
  /// - Parameters:
  ///   - lows: For each element a factor a little smaller than the exact one; `highs` a little larger. Where
  ///     both products round to the same number, that is the number.
  /// - Returns: Whether every element was decided and is finite; if not, `target` holds nothing of use.
  /// - Precondition: All spans have the same count.
  static func scaleQuickly(
    _ source: Span<Self>, into target: inout MutableSpan<Self>, lows: Span<Double>, highs: Span<Double>
  ) -> Bool

  /// The same with one pair of factors for all elements.
  static func scaleQuickly(
    _ source: Span<Self>, into target: inout MutableSpan<Self>, low: Double, high: Double
  ) -> Bool

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
}
