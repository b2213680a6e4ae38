import Equivalence
import ModelGraph
import ProtobufIO

extension ParameterReader {
  /// The maps in front of an operator, and how they meet its weight.
  ///
  /// - Parameter shape: The weight's.
  /// - Returns: nil where one of them is not known, or is not one for each channel of the activation.
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  func inputSide(of form: LinearForm, _ shape: [Int]) throws -> InputSide? {
    guard let axes = try inputAxes(of: form, shape) else { return nil }
    var steps: [AffineStep] = []
    for link in form.inputLinks {
      if case .norm = link, !axes.isSecond { return nil }
      guard let made = try self.steps(of: link, axes.layout.channels, fromEnd: axes.fromEnd) else { return nil }
      steps += made
    }
    let window = form.isConvolution ? Array(shape[2...]) : []
    return InputSide(
      layout: axes.layout, chain: AffineChain(channels: axes.layout.channels, steps: steps),
      window: window.reduce(1, *), meetings: try form.meetings(in: window))
  }

  /// Where the activation's channels are in the weight, and in the activation, counted from the last axis; and whether
  /// they may be the activation's second axis.
  private func inputAxes(
    of form: LinearForm, _ shape: [Int]
  ) throws -> (layout: WeightLayout, fromEnd: Int, isSecond: Bool)? {
    let count = shape.reduce(1, *)
    func axes(
      _ channels: Int, _ inner: Int, groups: Int = 1, fromEnd: Int, isSecond: Bool = true
    ) -> (WeightLayout, Int, Bool)? {
      WeightLayout(channels: channels, inner: inner, count: count, groups: groups).map { ($0, fromEnd, isSecond) }
    }
    switch form.kind {
    case .convolution:
      let groups = try form.node.attribute("group")?.integer() ?? 1
      guard shape.count >= 2, groups > 0, shape[1] <= 1 << 31 / groups else { return nil }
      return axes(shape[1] * groups, shape[2...].reduce(1, *), groups: groups, fromEnd: shape.count - 2)
    case .transposedConvolution:
      guard shape.count >= 2 else { return nil }
      return axes(shape[0], shape[1...].reduce(1, *), fromEnd: shape.count - 2)
    case .gemm:
      guard shape.count == 2 else { return nil }
      let fromEnd = try form.node.attribute("transA")?.integer() ?? 0 != 0 ? 1 : 0
      let isTransposed = try form.node.attribute("transB")?.integer() ?? 0 != 0
      return isTransposed
        ? axes(shape[1], 1, fromEnd: fromEnd, isSecond: fromEnd == 0)
        : axes(shape[0], shape[1], fromEnd: fromEnd, isSecond: fromEnd == 0)
    case .matrixProduct(let weightIsLeft):
      guard let last = shape.last, shape.count >= 2 else { return nil }
      return weightIsLeft ? axes(last, 1, fromEnd: 1) : axes(shape[shape.count - 2], last, fromEnd: 0)
    case .norm(let fromEnd): return axes(count, 1, fromEnd: fromEnd)
    case .maps: return nil
    }
  }
}
