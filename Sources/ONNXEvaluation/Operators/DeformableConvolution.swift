import NumericKernels
import ProtobufIO
import Tensors

/// The convolution whose taps lie where the data says.
extension OperatorTable {
  mutating func addDeformableConvolution() { add("DeformConv", Self.deformableConvolution) }

  private static func deformableConvolution(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (x, weight, offset) = (try call.tensor(0), try call.tensor(1), try call.tensor(2))
    let (groups, offsetGroups) = (
      try call.integer("group", default: 1), try call.integer("offset_group", default: 1)
    )
    guard x.rank >= 3, weight.rank == x.rank, groups > 0, offsetGroups > 0, x.shape[1] > 0,
      x.shape[1] % groups == 0, x.shape[1] / groups == weight.shape[1], weight.shape[0] % groups == 0,
      x.shape[1] % offsetGroups == 0
    else { throw ComputationFailure("a weight of shape \(weight.shape) does not fit an input of shape \(x.shape)") }
    let spatial = Array(x.shape.dropFirst(2))
    let attributes = try WindowAttributes(
      call, spatialRank: spatial.count, kernel: Array(weight.shape.dropFirst(2)))
    let geometry = try attributes.geometry(input: spatial)
    guard attributes.kernel == Array(weight.shape.dropFirst(2)),
      offset.shape == [x.shape[0], offsetGroups * geometry.taps * spatial.count] + geometry.output
    else { throw ComputationFailure("an offset of shape \(offset.shape) does not fit an input of shape \(x.shape)") }
    let mask = try call.optionalTensor(4)
    guard mask.map({ $0.shape == [x.shape[0], offsetGroups * geometry.taps] + geometry.output }) ?? true else {
      throw ComputationFailure("a mask does not fit an offset of shape \(offset.shape)")
    }
    try Ledger.check(x.shape[1], geometry.taps, geometry.outputCount)
    try Ledger.count(x.shape[0], x.shape[1], geometry.taps, geometry.outputCount, cost: 100)
    try Ledger.count(x.shape[0], weight.count, geometry.outputCount)
    let unfolding = DeformedUnfolding<S>(
      geometry: geometry, channels: x.shape[1], groups: offsetGroups, offsets: try call.reals(2),
      masks: try call.optionalReals(4))
    return try product(call, x, unfolding, weight, groups: groups)
  }

  /// The products of the weight and what each image unfolds to, with the bias.
  private static func product(
    _ call: OperatorCall<S>, _ x: Tensor, _ unfolding: DeformedUnfolding<S>, _ weight: Tensor, groups: Int
  ) throws -> Tensor {
    let (channels, outputs) = (weight.shape[0], unfolding.geometry.outputCount)
    let shape = [x.shape[0], channels] + unfolding.geometry.output
    var result = [S](repeating: 0, count: try shape.checkedCount())
    if let bias = try call.optionalReals(3) {
      guard bias.count == channels else { throw ComputationFailure("the bias does not have \(channels) elements") }
      for index in result.indices { result[index] = bias[index / outputs % channels] }
    }
    let (elements, weights) = (try call.reals(0), try call.reals(1))
    let inner = weight.shape[1] * unfolding.geometry.taps
    let rows = channels / groups
    var target = result.mutableSpan
    for image in 0..<x.shape[0] {
      let columns = unfolding.columns(elements, image: image)
      for group in 0..<groups {
        call.context.product.multiply(
          ProductSize(rows: rows, columns: outputs, inner: inner), weights.span,
          MatrixLayout(offset: group * rows * inner, stride: max(inner, 1)), columns.span,
          MatrixLayout(offset: group * inner * outputs, stride: max(outputs, 1)), into: &target,
          MatrixLayout(offset: (image * channels + group * rows) * outputs, stride: max(outputs, 1)),
          accumulating: true)
      }
    }
    return try Tensor(shape, x.kind, reals: result)
  }
}

/// What the taps of a deformable convolution read.
private struct DeformedUnfolding<S: RunScalar> {
  let geometry: WindowGeometry
  let channels: Int
  /// The number of groups of channels with offsets of their own.
  let groups: Int
  /// `[batch, groups · taps · axes, output…]`.
  let offsets: [S]
  /// `[batch, groups · taps, output…]`, or nil for ones.
  let masks: [S]?

  /// The inputs of one image, `[channels · taps, outputs]`.
  func columns(_ x: [S], image: Int) -> [S] {
    let (taps, outputs, inputs) = (geometry.taps, geometry.outputCount, geometry.inputCount)
    var result = [S](repeating: 0, count: channels * taps * outputs)
    let channelsPerGroup = channels / groups
    for group in 0..<groups {
      for tap in 0..<taps {
        let row = (image * groups + group) * taps + tap
        for output in 0..<outputs {
          let neighbours = neighbours(row: row, tap: tap, output: output)
          let factor = masks?[row * outputs + output] ?? 1
          for channel in (group * channelsPerGroup)..<((group + 1) * channelsPerGroup) {
            let plane = (image * channels + channel) * inputs
            var sum = S.zero
            for neighbour in neighbours { sum += x[plane + neighbour.place] * neighbour.weight }
            result[(channel * taps + tap) * outputs + output] = sum * factor
          }
        }
      }
    }
    return result
  }

  /// The places of the input that a tap draws on, and their weights; what lies outside is 0.
  private func neighbours(row: Int, tap: Int, output: Int) -> [(place: Int, weight: S)] {
    let (kernelStrides, outputStrides) = (Shape.strides(of: geometry.kernel), Shape.strides(of: geometry.output))
    var result: [(place: Int, weight: S)] = [(0, 1)]
    for axis in geometry.input.indices {
      let size = geometry.input[axis]
      let position = output / outputStrides[axis] % geometry.output[axis]
      let step = tap / kernelStrides[axis] % geometry.kernel[axis]
      let start = position * geometry.strides[axis] + step * geometry.dilations[axis] - geometry.padding[axis]
      let shift = offsets[(row * geometry.input.count + axis) * geometry.outputCount + output]
      let coordinate = S(start) + shift
      guard coordinate > -1, coordinate < S(size) else { return [] }
      let floor = coordinate.rounded(.down)
      let (low, part) = (Int(floor), coordinate - floor)
      let along: [(place: Int, weight: S)] = [(low, 1 - part), (low + 1, part)].filter {
        0 <= $0.place && $0.place < size
      }
      result = result.flatMap { known in
        along.map { (place: known.place * size + $0.place, weight: known.weight * $0.weight) }
      }
    }
    return result
  }
}
