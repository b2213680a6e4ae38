import Tensors

/// Which output channel each element of a row-major weight belongs to.
///
/// The weight is seen as five factors `[pre, groups, mid, perGroup, post]`; the channel of an element is
/// `group * perGroup + position in perGroup`. Conv `[O, I/g, k…]` is `1,1,1,O,rest`; ConvTranspose `[I, O/g, k…]`
/// is `1,g,I/g,O/g,k…`; a matrix `[K, N]` is `K,1,1,N,1`.
package struct ChannelMap: Hashable, Sendable {
  package let pre: Int
  package let groups: Int
  package let mid: Int
  package let perGroup: Int
  package let post: Int

  /// The number of output channels.
  package let channels: Int

  /// The number of weight elements.
  package let elementCount: Int

  /// - Returns: nil for a negative factor or one whose product overflows; a factor may be 0.
  package init?(pre: Int, groups: Int, mid: Int, perGroup: Int, post: Int) {
    // Factors of 0 must not hide an overflow of the others.
    var (count, bound) = (1, 1)
    for factor in [pre, groups, mid, perGroup, post] {
      let (product, overflow) = bound.multipliedReportingOverflow(by: max(factor, 1))
      guard factor >= 0, !overflow else { return nil }
      bound = product
      count *= factor
    }
    (self.pre, self.groups, self.mid, self.perGroup, self.post) = (pre, groups, mid, perGroup, post)
    channels = groups * perGroup
    elementCount = count
  }

  /// The channel of one element.
  ///
  /// - Precondition: The element is in the weight.
  package func channel(ofElement element: Int) -> Int {
    precondition(element >= 0 && element < elementCount, "an element must be in the weight")
    let column = element / post
    return column / (perGroup * mid) % groups * perGroup + column % perGroup
  }
}
