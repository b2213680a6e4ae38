import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Operators whose sizes depend on contents, so that hardly more than the number of axes is known.
extension ShapeRule {
  static let ranks: [String: ShapeRule] = {
    var rules: [String: ShapeRule] = [
      "AffineGrid": .inputs { query throws(ModelFileError) in
        try query.integers(1).flatMap { ValueShape(rank: $0.count) }
      },
      "Col2Im": .inputs { query throws(ModelFileError) in
        try query.integers(1).flatMap { ValueShape(rank: $0.count + 2) }
      },
      "Det": .inputs { query in
        query.shape(0).flatMap { $0.rank < 2 ? nil : ValueShape(Array($0.dimensions.dropLast(2))) }
      },
      "GridSample": .inputs { query in query.sampled() },
      "MaxRoiPool": .inputs { query in query.pooledRegions() },
      "NonMaxSuppression": .inputs { _ in ValueShape([.unknown, .size(3)]) },
      "NonZero": .inputs { query in ValueShape([query.shape(0).map { .size($0.rank) } ?? .unknown, .unknown]) },
      "RoiAlign": .inputs { query in query.pooledRegions() },
      "Unique": .attributes(.all) { query throws(ModelFileError) in try query.uniqueParts() },
    ]
    for name in likeFirst { rules[name] = .inputs { query in query.shape(0).flatMap { ValueShape(rank: $0.rank) } } }
    for (name, rank) in fixed { rules[name] = .inputs { _ in ValueShape(rank: rank) } }
    return rules
  }()

  private static let likeFirst = ["Attention", "CenterCropPad", "DFT", "MaxUnpool"]

  private static let fixed = [
    "BlackmanWindow": 1, "HammingWindow": 1, "HannWindow": 1, "MelWeightMatrix": 2, "Multinomial": 2,
    "STFT": 4,
  ]
}

extension ShapeQuery {
  /// `[N, C, outputs…]` of an input `[N, C, inputs…]` and a grid `[N, outputs…, axes]`.
  fileprivate func sampled() -> ValueShape? {
    guard let shape = shape(0), let grid = self.shape(1), shape.rank > 2, grid.rank == shape.rank else { return nil }
    return ValueShape(Array(shape.dimensions.prefix(2)) + grid.dimensions.dropFirst().dropLast())
  }

  /// `[regions, C, height, width]`.
  fileprivate func pooledRegions() -> ValueShape? {
    guard let shape = shape(0), shape.rank == 4 else { return nil }
    return ValueShape([.unknown, shape[1], .unknown, .unknown])
  }

  /// The slices that differ, or elements where no axis is named; then what says where they are and how many.
  fileprivate func uniqueParts() throws(ModelFileError) -> ValueShape? {
    guard output == 0, node.attribute("axis") != nil else { return ValueShape(rank: 1) }
    guard let shape = shape(0), let axis = shape.axis(try integer("axis", default: 0)) else { return nil }
    return shape.replacing(axis, with: .unknown)
  }
}
