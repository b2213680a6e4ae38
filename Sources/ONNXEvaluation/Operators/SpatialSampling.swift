import NumericKernels
import ProtobufIO
import Tensors

/// Reading of images at coordinates that are data.
extension OperatorTable {
  mutating func addSpatialSampling() {
    add("AffineGrid", Self.affineGrid)
    add("GridSample", Self.gridSample)
    add("RoiAlign", Self.alignRegions)
  }

  private static func affineGrid(_ call: inout OperatorCall<S>) throws -> Tensor {
    let theta = try call.reals(0)
    let kind = try call.tensor(0).kind
    let size = try call.integers(1)
    let spatial = Array(size.dropFirst(2))
    let rank = spatial.count
    guard rank > 0, try ([rank, rank + 1] + size).possibleCount() >= 0, theta.count == size[0] * rank * (rank + 1)
    else { throw ComputationFailure("theta does not fit the size \(size)") }
    let aligns = try call.integer("align_corners", default: 0) == 1
    let count = Shape.count(of: spatial)
    let strides = Shape.strides(of: spatial)
    var result: [S] = []
    _ = try (spatial + [size[0], rank]).checkedCount()
    for image in 0..<size[0] {
      for place in 0..<count {
        // Coordinates in the order x, y, z: the last axis first.
        let coordinates = (0..<rank).reversed().map { axis -> Double in
          let index = Double(place / strides[axis] % spatial[axis])
          let length = Double(spatial[axis])
          return aligns ? (length == 1 ? 0 : -1 + 2 * index / (length - 1)) : (2 * index + 1) / length - 1
        }
        for row in 0..<rank {
          let start = (image * rank + row) * (rank + 1)
          var sum = theta[start + rank]
          for column in 0..<rank { sum += theta[start + column] * S(coordinates[column]) }
          result.append(sum)
        }
      }
    }
    return try Tensor([size[0]] + spatial + [rank], kind, reals: result)
  }

  private static func gridSample(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (tensor, grid) = (try call.tensor(0), try call.tensor(1))
    let rank = tensor.rank - 2
    guard rank > 0, grid.rank == tensor.rank, grid.shape.last == rank, grid.shape[0] == tensor.shape[0],
      !tensor.shape.dropFirst(2).contains(0)
    else {
      throw ComputationFailure("a grid of shape \(grid.shape) does not fit shape \(tensor.shape)")
    }
    let sampler = GridSampler(
      size: Array(tensor.shape.dropFirst(2)), mode: call.text("mode", default: "linear"),
      padding: call.text("padding_mode", default: "zeros"),
      alignsCorners: try call.integer("align_corners", default: 0) == 1)
    let target = Array(grid.shape[1..<(grid.rank - 1)])
    let (outputs, inputs, channels) = (Shape.count(of: target), sampler.count, tensor.shape[1])
    let (elements, places) = (try call.reals(0), try call.reals(1))
    var result = [S](repeating: 0, count: try (tensor.shape.prefix(2) + target).checkedCount())
    try Ledger.count(result.count, rank, cost: 100)
    for image in 0..<tensor.shape[0] {
      for output in 0..<outputs {
        let start = (image * outputs + output) * rank
        let taps = sampler.taps(at: (0..<rank).reversed().map { Double(places[start + $0]) })
        for channel in 0..<channels {
          let plane = (image * channels + channel) * inputs
          var sum = S.zero
          for tap in taps { sum += elements[plane + tap.place] * S(tap.weight) }
          result[(image * channels + channel) * outputs + output] = sum
        }
      }
    }
    return try Tensor(tensor.shape.prefix(2) + target, tensor.kind, reals: result)
  }

  private static func alignRegions(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (tensor, regions) = (try call.tensor(0), try call.tensor(1))
    let images = try call.integers(2)
    guard tensor.rank == 4, tensor.shape[2] > 0, tensor.shape[3] > 0, regions.rank == 2, regions.shape[1] == 4,
      images.count == regions.shape[0],
      images.allSatisfy({ 0 <= $0 && $0 < tensor.shape[0] }), let corners = regions.doubles
    else { throw ComputationFailure("regions of shape \(regions.shape) do not fit shape \(tensor.shape)") }
    let (height, width) = (try call.count("output_height", default: 1), try call.count("output_width", default: 1))
    let scale = try call.real("spatial_scale", default: 1)
    let ratio = try call.count("sampling_ratio", default: 0)
    let takesMaximum = call.text("mode", default: "avg") == "max"
    // From opset 16 on places are shifted by half a pixel unless told otherwise.
    let mode = call.text(
      "coordinate_transformation_mode", default: call.version >= 16 ? "half_pixel" : "output_half_pixel")
    let shift = mode == "half_pixel" ? 0.5 : 0
    let (rows, columns, channels) = (tensor.shape[2], tensor.shape[3], tensor.shape[1])
    let elements = try call.reals(0)
    var result: [S] = []
    _ = try [images.count, channels, height, width].checkedCount()
    for region in images.indices {
      let box = (0..<4).map { corners[region * 4 + $0] * scale - shift }
      var (boxWidth, boxHeight) = (box[2] - box[0], box[3] - box[1])
      if mode != "half_pixel" { (boxWidth, boxHeight) = (max(boxWidth, 1), max(boxHeight, 1)) }
      let (binHeight, binWidth) = (boxHeight / Double(height), boxWidth / Double(width))
      let gridHeight = max(ratio > 0 ? ratio : Int(clamped: binHeight.rounded(.up)), 1)
      let gridWidth = max(ratio > 0 ? ratio : Int(clamped: binWidth.rounded(.up)), 1)
      try Ledger.count(gridHeight, gridWidth, height * width, channels, cost: 100)
      for channel in 0..<channels {
        let plane = (images[region] * channels + channel) * rows * columns
        for bin in 0..<(height * width) {
          var (sum, largest) = (0.0, -Double.infinity)
          for sample in 0..<(gridHeight * gridWidth) {
            let y = box[1] + (Double(bin / width) + (Double(sample / gridWidth) + 0.5) / Double(gridHeight)) * binHeight
            let x = box[0] + (Double(bin % width) + (Double(sample % gridWidth) + 0.5) / Double(gridWidth)) * binWidth
            for tap in bilinearTaps(y, x, rows, columns) {
              let part = Double(elements[plane + tap.place]) * tap.weight
              sum += part
              largest = max(largest, part)
            }
          }
          result.append(S(takesMaximum ? (largest.isFinite ? largest : 0) : sum / Double(gridHeight * gridWidth)))
        }
      }
    }
    return try Tensor([images.count, channels, height, width], tensor.kind, reals: result)
  }

  /// The four neighbours of a place and their weights; none for a place outside of the image.
  private static func bilinearTaps(
    _ y: Double, _ x: Double, _ rows: Int, _ columns: Int
  ) -> [(place: Int, weight: Double)] {
    guard y >= -1, y <= Double(rows), x >= -1, x <= Double(columns) else { return [] }
    func split(_ coordinate: Double, _ count: Int) -> (low: Int, high: Int, part: Double) {
      let bounded = max(coordinate, 0)
      let low = Int(bounded)
      return low >= count - 1 ? (count - 1, count - 1, 0) : (low, low + 1, bounded - Double(low))
    }
    let (row, column) = (split(y, rows), split(x, columns))
    return [
      (row.low * columns + column.low, (1 - row.part) * (1 - column.part)),
      (row.low * columns + column.high, (1 - row.part) * column.part),
      (row.high * columns + column.low, row.part * (1 - column.part)),
      (row.high * columns + column.high, row.part * column.part),
    ]
  }
}
