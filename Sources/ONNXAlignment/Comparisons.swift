import ModelGraph
import ProtobufIO
import Tensors

extension Tensor {
  /// Whether every element is the same number, NaN beside NaN too.
  func isIdentical(to other: Tensor) -> Bool {
    guard kind == other.kind, shape == other.shape else { return false }
    if case .text(let text) = elements, case .text(let second) = other.elements { return text == second }
    guard let numbers = doubles, let second = other.doubles else { return false }
    return zip(numbers, second).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
  }
}

extension LinearForm {
  /// A shape that the activation may have, small but with room for the operator's window.
  func likelyActivationShape(_ weight: [Int]) throws -> [Int] {
    if case .maps(let channels, _, let fromEnd) = kind { return [1, channels] + Array(repeating: 8, count: fromEnd) }
    guard weight.count >= 2 else { return weight }
    switch kind {
    case .norm, .maps: return weight
    case .convolution, .transposedConvolution:
      let groups = try node.attribute("group")?.integer() ?? 1
      let dilations = node.attribute("dilations")?.integers ?? []
      let channels = kind == .convolution ? weight[1] * groups : weight[0]
      let windows = weight[2...].enumerated().map { axis, size in
        max(8, (size - 1) * (axis < dilations.count ? dilations[axis] : 1) + 4)
      }
      return [1, channels] + windows
    case .gemm:
      let isTransposed = try node.attribute("transB")?.integer() ?? 0 != 0
      let depth = isTransposed ? weight[1] : weight[0]
      return try node.attribute("transA")?.integer() ?? 0 != 0 ? [depth, 8] : [8, depth]
    case .matrixProduct(let weightIsLeft):
      return weightIsLeft ? Array(weight.dropLast(2)) + [weight[weight.count - 1], 8] : [8, weight[weight.count - 2]]
    }
  }
}
