/// A size that is not known but stands in several places: equal symbols are equal sizes.
///
/// It may be any size from 0 on.
struct SizeSymbol: Hashable, Sendable {
  /// The symbol's number in its model.
  let index: Int
}
