/// A sum, difference, product or quotient of the operator's first input and a constant.
package struct ConstantAffine: Sendable {
  /// What becomes of the input `x`, with the constant `c`.
  package enum Operation: Sendable {
    /// `x + c`.
    case addition
    /// `x − c`.
    case subtraction
    /// `c − x`.
    case reversedSubtraction
    /// `x · c`.
    case multiplication
    /// `x / c`.
    case division
  }

  package let operation: Operation
  package let constant: ConstantID

  /// Along which axis of the value the constant varies; nil where along several, or where it widens the value.
  package let view: ChannelView?

  /// The axis of the value that the constant's first axis lies along; nil where the constant has more axes.
  package let firstAxis: Int?

  /// Whether the value is known to be as long as the constant along each axis, so that the constant does not widen it.
  package let keepsShape: Bool

  /// Whether it may fold though no norm does; as a part of a norm's way it always may.
  package let foldsAlone: Bool

  package init(
    _ operation: Operation, constant: ConstantID, view: ChannelView?, firstAxis: Int? = nil, keepsShape: Bool = false,
    foldsAlone: Bool = true
  ) {
    self.operation = operation
    self.constant = constant
    self.view = view
    self.firstAxis = firstAxis
    self.keepsShape = keepsShape
    self.foldsAlone = foldsAlone
  }

  /// Whether it multiplies.
  package var scales: Bool { operation != .addition && operation != .subtraction }

  /// Which channel along an axis of the value each element of the constant belongs to; all to one where the constant
  /// does not have the axis.
  ///
  /// - Parameter shape: The constant's.
  /// - Returns: nil where the constant has more axes than the value.
  func channels(along axis: Int?, in shape: [Int]) -> ChannelMap? {
    guard let firstAxis else { return nil }
    guard let place = axis.map({ $0 - firstAxis }), shape.indices.contains(place) else {
      return ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: 1, post: shape.reduce(1, *))
    }
    return ChannelMap(
      pre: shape[..<place].reduce(1, *), groups: 1, mid: 1, perGroup: shape[place],
      post: shape[(place + 1)...].reduce(1, *))
  }

  /// The map as steps, given the constant's number for each channel.
  func steps(_ values: [Double]) -> [ChannelAffine.Step] {
    switch operation {
    case .addition: [.addition(values)]
    case .subtraction: [.addition(values.map { -$0 })]
    case .reversedSubtraction: [.multiplication(values.map { _ in -1 }), .addition(values)]
    case .multiplication: [.multiplication(values)]
    case .division: [.division(values)]
    }
  }
}

extension ChannelView {
  /// How a constant of some shape varies over a value of some rank.
  ///
  /// - Parameter firstAxis: The axis of the value that the constant's first axis lies along; nil aligns the last axes,
  ///   as NumPy broadcasts.
  /// - Returns: nil where it varies along several axes, has none of its elements, or has more axes than the value.
  package init?(constantOf shape: [Int], over rank: Int, firstAxis: Int? = nil) {
    let first = firstAxis ?? rank - shape.count
    guard first >= 0, first <= rank - shape.count else { return nil }
    let varying = shape.indices.filter { shape[$0] != 1 }
    switch varying.count {
    case 0: self = .uniform
    case 1 where shape[varying[0]] > 0: self = .axis(first + varying[0], count: shape[varying[0]])
    default: return nil
    }
  }
}
