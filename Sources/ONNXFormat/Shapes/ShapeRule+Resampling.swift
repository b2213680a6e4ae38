import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Operators that scale the axes of a grid.
extension ShapeRule {
  static let resampling: [String: ShapeRule] = [
    "Resize": .attributes { query throws(ModelFileError) in try query.resized() },
    "Upsample": .attributes { query throws(ModelFileError) in try query.upsampled() },
  ]
}

extension ShapeQuery {
  fileprivate func upsampled() throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0) else { return nil }
    let scales: [Double]?
    switch version {
    case ..<7:
      guard shape.rank == 4, let height = try node.attribute("height_scale")?.float(),
        let width = try node.attribute("width_scale")?.float()
      else { return ValueShape(rank: shape.rank) }
      scales = [1, 1, Double(height), Double(width)]
    case 7, 8: scales = node.attribute("scales")?.floats.map { Double($0) }
    default: scales = try floats(1)
    }
    return scaled(shape, by: scales, along: Array(shape.dimensions.indices))
  }

  fileprivate func resized() throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0) else { return nil }
    let unknown = ValueShape(rank: shape.rank)
    var axes = Array(shape.dimensions.indices)
    guard version >= 11 else { return scaled(shape, by: try floats(1), along: axes) }
    if version >= 18, let stated = integerList("axes"), !stated.isEmpty {
      guard shape.axes(stated) != nil else { return unknown }
      axes = stated.compactMap { shape.axis($0) }
    }
    if let sizes = try integers(3), !sizes.isEmpty {
      guard sizes.count == axes.count, text("keep_aspect_ratio_policy") ?? "stretch" == "stretch" else {
        return unknown
      }
      var dimensions = shape.dimensions
      for (place, axis) in axes.enumerated() { dimensions[axis] = sizes[place] }
      return ValueShape(dimensions)
    }
    // A crop changes the sizes too.
    guard isEmpty(3), text("coordinate_transformation_mode") != "tf_crop_and_resize" else { return unknown }
    return scaled(shape, by: try floats(2), along: axes)
  }

  /// Whether an input is left out or has no elements, which means the same here.
  private func isEmpty(_ index: Int) -> Bool { isAbsent(index) || shape(index)?.dimensions == [.size(0)] }

  private func scaled(_ shape: ValueShape, by scales: [Double]?, along axes: [Int]) -> ValueShape? {
    guard let scales, scales.count == axes.count else { return ValueShape(rank: shape.rank) }
    var dimensions = shape.dimensions
    for (place, axis) in axes.enumerated() { dimensions[axis] = Self.scaled(dimensions[axis], by: scales[place]) }
    return ValueShape(dimensions)
  }

  /// The product rounded down, unknown where it depends on the precision in which a runtime computes it.
  private static func scaled(_ size: Dimension, by scale: Double) -> Dimension {
    if scale == 1 { return size }
    guard let size = size.size, scale > 0, size <= 1 << 24 else { return .unknown }
    let product = Double(size) * scale
    let rounded = (Float(size) * Float(scale)).rounded(.down)
    guard product < Double(1 << 24), product.rounded(.down) == Double(rounded) else { return .unknown }
    return .size(Int(product))
  }
}
