import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData

/// What a convolution's weight and window mean to maps behind, before and beside it.
struct WindowForm {
  let output: ChannelMap
  let input: ChannelMap
  let shiftRule: LinearInput.ShiftRule
  let identityElements: [Int]?
}

extension OperatorReader {
  /// A shift before a convolution is one behind it where no output sees a border of zeros.
  func shiftRule(ofConvolution node: Graph.Node, kernel: [Int]) throws(ModelFileError) -> LinearInput.ShiftRule {
    switch try hasPadding(node) {
    case false: return .passes
    // Windows of one element reach over no border.
    case nil where kernel.allSatisfy({ $0 == 1 }): return .passes
    default:
      return .declines(
        DeclineReason(.paddingWithShift, "the \(title(node)) behind it adds a border of 0, which a shift moves"))
    }
  }

  /// A shift before a transposed convolution is one behind it where every output of a phase sees the same taps, and all
  /// phases give the same.
  func shiftRule(
    ofTransposedConvolution node: Graph.Node, kernel: [Int]
  ) throws(ModelFileError) -> LinearInput.ShiftRule {
    let reason = DeclineReason(
      .shiftNotUniform, "the \(title(node)) behind it would give a shift at some places more than at others")
    let rank = kernel.count
    let strides = node.attribute("strides")?.integers ?? kernel.map { _ in 1 }
    let dilations = node.attribute("dilations")?.integers ?? kernel.map { _ in 1 }
    let pads = node.attribute("pads")?.integers ?? Array(repeating: 0, count: 2 * rank)
    let outputPadding = node.attribute("output_padding")?.integers ?? []
    let mode = node.attribute("auto_pad")?.string ?? "NOTSET"
    let sizes = 1...1 << 20
    guard mode == "NOTSET" || mode == "VALID", node.attribute("output_shape") == nil,
      outputPadding.allSatisfy({ $0 == 0 }), strides.count == rank, dilations.count == rank, pads.count == 2 * rank,
      (strides + dilations + kernel).allSatisfy(sizes.contains), strides.reduce(1, *) <= 1 << 20
    else { return .declines(reason) }
    var phases: [Int] = [0]
    for axis in 0..<rank {
      let (stride, reach) = (strides[axis], (kernel[axis] - 1) * dilations[axis])
      // A border is where fewer windows reach; it is not there if none overlap or what they share is cut off.
      let isCut = mode == "NOTSET" && pads[axis] >= reach && pads[axis + rank] >= reach
      guard reach < stride || isCut else { return .declines(reason) }
      phases = phases.flatMap { phase in (0..<kernel[axis]).map { phase * stride + $0 * dilations[axis] % stride } }
    }
    let count = strides.reduce(1, *)
    return count == 1 ? .passes : .needsEqualPhases(ofTaps: phases, count: count, reason)
  }

  /// For each channel of a convolution that keeps shape and channels the weight element at the window's own place.
  ///
  /// - Returns: nil where it does not keep them, or where that place is between two taps.
  func identityElements(of node: Graph.Node, _ shape: [Int], _ group: Int) throws(ModelFileError) -> [Int]? {
    let kernel = Array(shape[2...])
    let strides = node.attribute("strides")?.integers ?? []
    let dilations = node.attribute("dilations")?.integers ?? kernel.map { _ in 1 }
    guard shape[0] > 0, shape[0] == shape[1] * group, shape[1] > 0, strides.allSatisfy({ $0 == 1 }),
      dilations.count == kernel.count,
      dilations.allSatisfy({ (1...1 << 20).contains($0) }), !node.hasReferenceAttributes,
      let begins = try begins(node, kernel, dilations)
    else { return nil }
    var place = 0
    for (axis, size) in kernel.enumerated() {
      guard begins[axis] % dilations[axis] == 0, begins[axis] / dilations[axis] < size else { return nil }
      place = place * size + begins[axis] / dilations[axis]
    }
    let taps = kernel.reduce(1, *)
    return (0..<shape[0]).map { ($0 * shape[1] + $0 % shape[1]) * taps + place }
  }

  /// How far a window begins before each axis of a convolution that keeps its input's lengths; nil for one that does not.
  private func begins(
    _ node: Graph.Node, _ kernel: [Int], _ dilations: [Int]
  ) throws(ModelFileError) -> [Int]? {
    let reach = zip(kernel, dilations).map { ($0 - 1) * $1 }
    switch node.attribute("auto_pad")?.string?.description ?? "NOTSET" {
    case "NOTSET", "":
      let pads = node.attribute("pads")?.integers ?? Array(repeating: 0, count: 2 * kernel.count)
      guard pads.count == 2 * kernel.count, pads.allSatisfy({ (0...1 << 40).contains($0) }),
        reach.indices.allSatisfy({ pads[$0] + pads[$0 + kernel.count] == reach[$0] })
      else { return nil }
      return Array(pads[..<kernel.count])
    case "SAME_UPPER": return reach.map { $0 / 2 }
    case "SAME_LOWER": return reach.map { $0 - $0 / 2 }
    case "VALID": return reach.allSatisfy { $0 == 0 } ? reach : nil
    default: return nil
    }
  }
}
