import BatchNormFolding
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Operators that deal the elements out anew.
extension ShapeRule {
  static let arrangements: [String: ShapeRule] = [
    "Reshape": .attributes { query throws(ModelFileError) in try query.reshaped() },
    "Expand": .inputs { query throws(ModelFileError) in try query.expanded() },
    "Tile": .inputs { query throws(ModelFileError) in try query.tiled() },
    "DepthToSpace": .attributes { query throws(ModelFileError) in try query.depthMoved(toSpace: true) },
    "SpaceToDepth": .attributes { query throws(ModelFileError) in try query.depthMoved(toSpace: false) },
  ]
}

extension ShapeQuery {
  fileprivate func reshaped() throws(ModelFileError) -> ValueShape? {
    let stated = version < 5 || isAbsent(1) ? integerList("shape")?.map { Dimension.size($0) } : try integers(1)
    guard let stated, stated.count <= ValueShape.largestRank else { return nil }
    let copiesZero = try integer("allowzero", default: 0) == 0
    let source = shape(0)
    var target = ReshapeTarget(source: source?.dimensions ?? [.unknown])
    for (axis, size) in stated.enumerated() {
      switch size {
      case .size(0) where copiesZero:
        target.copy(source.map { axis < $0.rank ? $0[axis] : .unknown } ?? .unknown, from: source == nil ? nil : axis)
      case .size(-1): target.addRest()
      // A size that is computed may turn out 0, and then another is copied.
      case .symbol where copiesZero && !(source.map { $0.rank > axis && $0[axis] == size } ?? false):
        target.add(size, isCertain: false)
      default: target.add(size, isCertain: size != .unknown)
      }
    }
    return target.shape
  }

  fileprivate func expanded() throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0), let target = try integers(1) else { return nil }
    return ValueShape(target).flatMap { shape.broadcast(with: $0) }
  }

  fileprivate func tiled() throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0) else { return nil }
    guard version >= 6, let repeats = try integers(1), repeats.count == shape.rank else {
      return ValueShape(rank: shape.rank)
    }
    return ValueShape(zip(shape.dimensions, repeats).map { $0 * $1.valid })
  }

  /// `[N, C · b², H, W]` and `[N, C, H · b, W · b]`, one from the other.
  fileprivate func depthMoved(toSpace: Bool) throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0), shape.rank == 4 else { return nil }
    let block = try integer("blocksize", default: 0)
    let (area, overflow) = block.multipliedReportingOverflow(by: block)
    guard block > 0, !overflow else { return ValueShape(rank: 4) }
    func divided(_ size: Dimension, by divisor: Int) -> Dimension {
      if divisor == 1 { return size }
      return size.size.flatMap { $0 % divisor == 0 ? .size($0 / divisor) : nil } ?? .unknown
    }
    return toSpace
      ? ValueShape(
        [shape[0], divided(shape[1], by: area), shape[2] * .size(block), shape[3] * .size(block)])
      : ValueShape(
        [shape[0], shape[1] * .size(area), divided(shape[2], by: block), divided(shape[3], by: block)])
  }
}
