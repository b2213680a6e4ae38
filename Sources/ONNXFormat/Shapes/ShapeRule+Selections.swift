import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Operators that take a part of a tensor or add a border to it.
extension ShapeRule {
  static let selections: [String: ShapeRule] = [
    "Slice": .attributes { query throws(ModelFileError) in try query.sliced() },
    "Gather": .attributes { query throws(ModelFileError) in try query.gathered() },
    "GatherND": .attributes { query throws(ModelFileError) in try query.gatheredSlices() },
    "Compress": .attributes { query throws(ModelFileError) in try query.compressed() },
    "OneHot": .attributes { query throws(ModelFileError) in query.shape(0).flatMap { ValueShape(rank: $0.rank + 1) } },
    "GatherElements": .inputs { query in query.shape(1) },
    "Pad": .attributes { query throws(ModelFileError) in try query.padded() },
    "TopK": .attributes(.all) { query throws(ModelFileError) in try query.largest() },
  ]
}

extension ShapeQuery {
  fileprivate func sliced() throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0) else { return nil }
    guard let cuts = try cuts(), let axes = shape.axes(cuts.map(\.axis)), axes.count == cuts.count else {
      return ValueShape(rank: shape.rank)
    }
    var dimensions = shape.dimensions
    for cut in cuts {
      guard let axis = shape.axis(cut.axis) else { return nil }
      dimensions[axis] = cut.size(of: dimensions[axis])
    }
    return ValueShape(dimensions)
  }

  /// Where a Slice cuts, nil where the axes are not known.
  func cuts() throws(ModelFileError) -> [SliceCut]? {
    let isOld = version < 10
    func list(_ index: Int, _ name: Name) throws(ModelFileError) -> [Dimension]? {
      try isOld ? integerList(name)?.map { .size($0) } : integers(index)
    }
    guard let starts = try list(1, "starts"), let ends = try list(2, "ends"), starts.count == ends.count else {
      return nil
    }
    var axes = Array(starts.indices)
    if isOld ? integerList("axes") != nil : !isAbsent(3) {
      guard let stated = try isOld ? integerList("axes") : knownIntegers(3) else { return nil }
      axes = stated
    }
    var steps = [Dimension](repeating: .size(1), count: starts.count)
    if !isOld, !isAbsent(4) {
      guard let stated = try integers(4) else { return nil }
      steps = stated
    }
    guard axes.count == starts.count, steps.count == starts.count else { return nil }
    return starts.indices.map { SliceCut(axis: axes[$0], start: starts[$0], end: ends[$0], step: steps[$0]) }
  }

  fileprivate func gatheredSlices() throws(ModelFileError) -> ValueShape? {
    guard let data = shape(0), let indices = shape(1), indices.rank > 0, let depth = indices[indices.rank - 1].size
    else { return nil }
    let batch = try integer("batch_dims", default: 0)
    guard batch >= 0, batch < min(data.rank, indices.rank), batch + depth <= data.rank else { return nil }
    return ValueShape(
      Array(indices.dimensions.dropLast()) + data.dimensions[(batch + depth)...])
  }

  fileprivate func compressed() throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0) else { return nil }
    guard node.attribute("axis") != nil else { return ValueShape(rank: 1) }
    guard let axis = shape.axis(try integer("axis", default: 0)) else { return nil }
    return shape.replacing(axis, with: .unknown)
  }

  fileprivate func gathered() throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0), let indices = self.shape(1), let axis = shape.axis(try integer("axis", default: 0))
    else { return nil }
    var dimensions = shape.dimensions
    dimensions.replaceSubrange(axis...axis, with: indices.dimensions)
    return ValueShape(dimensions)
  }

  fileprivate func padded() throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0) else { return nil }
    let unknown = ValueShape(rank: shape.rank)
    let pads: [Dimension]?
    switch version {
    case 1: pads = integerList("paddings")?.map { .size($0) }
    case ..<11: pads = integerList("pads")?.map { .size($0) }
    default: pads = try integers(1)
    }
    var axes = Array(shape.dimensions.indices)
    if version >= 18, !isAbsent(3) {
      guard let stated = try knownIntegers(3), shape.axes(stated) != nil else { return unknown }
      axes = stated.compactMap { shape.axis($0) }
    }
    guard let pads, pads.count == 2 * axes.count else { return unknown }
    var dimensions = shape.dimensions
    for (place, axis) in axes.enumerated() {
      dimensions[axis] = (dimensions[axis] + (pads[place] + pads[place + axes.count])).valid
    }
    return ValueShape(dimensions)
  }

  fileprivate func largest() throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0), let axis = shape.axis(try integer("axis", default: -1)) else { return nil }
    let count = version < 10 ? .size(try integer("k", default: -1)) : try integers(1)?.first ?? .unknown
    return shape.replacing(axis, with: count)
  }
}
