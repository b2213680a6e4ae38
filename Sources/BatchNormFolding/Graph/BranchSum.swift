package import Tensors

/// The sum, or the difference, of values that nothing is known of beforehand.
package struct BranchSum: Sendable {
  /// The shape of each branch.
  package let shapes: [[Dimension]]

  /// Whether all but the first are subtracted.
  package let isDifference: Bool

  package init(shapes: [[Dimension]], isDifference: Bool = false) {
    self.shapes = shapes
    self.isDifference = isDifference
  }

  /// The view of one branch that a view of the sum is, where the branch is broadcast as NumPy does.
  ///
  /// - Returns: nil where the branch does not have every channel of its own.
  func view(of branch: Int, in output: ChannelView) -> ChannelView? {
    guard case .axis(let axis, let count) = output else { return .uniform }
    let rank = shapes.map(\.count).max() ?? 0
    let shape = shapes[branch]
    let place = axis - (rank - shape.count)
    guard shape.indices.contains(place), shape[place].size == count else { return nil }
    return .axis(place, count: count)
  }
}
