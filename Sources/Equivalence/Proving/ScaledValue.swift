import Tensors

/// An original's value as a candidate has it: under another name, mapped channel by channel.
public struct ScaledValue: Equatable, Sendable {
  public var name: String
  /// The candidate's value is `scale · value + shift`.
  public var scale: [Double]
  public var shift: [Double]
  /// Which axis has the channels.
  public var axis: Int

  public init(name: String, scale: [Double], shift: [Double], axis: Int) {
    self.name = name
    self.scale = scale
    self.shift = shift
    self.axis = axis
  }

  /// What the candidate should have for an original's value.
  ///
  /// - Returns: nil where the value does not have these channels.
  /// - Throws: `EvaluationError` where the memory for it is not to be had.
  /// - Complexity: O(elements).
  func mapped(_ tensor: Tensor) throws -> Tensor? {
    guard axis < tensor.rank, tensor.shape[axis] == scale.count, scale.count == shift.count, tensor.kind.isReal,
      var elements = tensor.doubles
    else { return nil }
    let inner = tensor.shape[(axis + 1)...].reduce(1, *)
    for index in elements.indices {
      let channel = index / inner % scale.count
      elements[index] = elements[index] * scale[channel] + shift[channel]
    }
    return try Tensor(shape: tensor.shape, kind: tensor.kind, elements: .float64(elements))
  }
}
