package import Tensors

/// How an operator with one activation carries channels from its input to its output.
///
/// Every output element is an element of the input, their largest, or a mean of them with weights that sum to 1, so a
/// per-channel map may stand before or behind the operator alike, under the demands.
package struct ChannelCarrier: Sendable {
  /// Which axis of the input becomes which axis of the output.
  package enum Layout: Sendable {
    /// The output is the input; the operator goes with what passes it.
    case identity
    /// The axes are the same.
    case sameAxes
    /// Output axis `i` is input axis `permutation[i]`.
    case permutation([Int])
    /// The elements in row-major order under another shape.
    case reshape(from: [Dimension], to: [Dimension])
    /// Along one axis the positions that are listed, the other axes whole.
    case selection(axis: Int, positions: [Int], count: Int)
    /// Channels of one axis become blocks of pixels of the others but the first; in the order depth-column-row or
    /// column-row-depth.
    case depthToSpace(axis: Int, block: Int, depthFirst: Bool)
    /// Blocks of pixels become channels of one axis, depth-column-row.
    case spaceToDepth(axis: Int, block: Int)
  }

  /// What the scales of a map must be for it to pass.
  package enum ScaleDemand: Sendable {
    case none
    /// At least 0, as where the largest element is taken.
    case notNegative
    /// More than 0, as where the place of the largest element is told too.
    case positive
  }

  package let layout: Layout

  /// The input's axes whose elements are mixed or dropped, so that no map along them passes.
  package let mixedAxes: Set<Int>

  package let scaleDemand: ScaleDemand

  /// Why a map with a shift does not pass, nil where it does.
  package let shiftObstacle: DeclineReason?

  /// The element type that it makes, where it is a carrier only if what it reads has that type already.
  package let type: TypeBound?

  package init(
    _ layout: Layout, mixing mixedAxes: Set<Int> = [], scales scaleDemand: ScaleDemand = .none,
    shiftObstacle: DeclineReason? = nil, type: TypeBound? = nil
  ) {
    self.type = type
    self.layout = layout
    self.mixedAxes = mixedAxes
    self.scaleDemand = scaleDemand
    self.shiftObstacle = shiftObstacle
  }

  package var isIdentity: Bool {
    if case .identity = layout { true } else { false }
  }
}
