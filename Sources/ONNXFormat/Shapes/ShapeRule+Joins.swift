import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Operators that join tensors and take them apart.
extension ShapeRule {
  static let joins: [String: ShapeRule] = [
    "Concat": .attributes { query throws(ModelFileError) in try query.joined() },
    "Split": .attributes(.all) { query throws(ModelFileError) in try query.part() },
  ]
}

extension ShapeQuery {
  fileprivate func joined() throws(ModelFileError) -> ValueShape? {
    let known = node.inputs.indices.compactMap { shape($0) }
    guard var result = known.first else { return nil }
    let stated = try node.attribute("axis")?.integer()
    guard let number = stated ?? (version < 4 ? 1 : nil), let axis = result.axis(number) else {
      return ValueShape(rank: result.rank)
    }
    var total = known.count == node.inputs.count ? result[axis] : .unknown
    for next in known.dropFirst() {
      guard next.rank == result.rank else { return nil }
      total = total + next[axis]
      guard let rest = result.replacing(axis, with: .unknown)?.merged(with: next) else { return nil }
      result = rest
    }
    if known.count < node.inputs.count { total = .unknown }
    return result.replacing(axis, with: total)
  }

  fileprivate func part() throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0) else { return nil }
    guard let axis = shape.axis(try integer("axis", default: 0)) else { return nil }
    return shape.replacing(axis, with: try partSize(of: shape[axis]))
  }

  private func partSize(of whole: Dimension) throws(ModelFileError) -> Dimension {
    // The first version has both an input and an attribute.
    if version == 1 || version >= 13, !isAbsent(1) {
      guard let sizes = try integers(1), sizes.count == node.outputs.count else { return .unknown }
      return sizes[output].valid
    }
    if version < 13, let sizes = integerList("split"), !sizes.isEmpty {
      return sizes.count == node.outputs.count ? Dimension.size(sizes[output]).valid : .unknown
    }
    let count = node.outputs.count
    if version >= 18 {
      guard try integer("num_outputs", default: 0) == count else { return .unknown }
    }
    guard count > 1 else { return whole }
    guard let whole = whole.size else { return .unknown }
    if whole % count == 0 { return .size(whole / count) }
    // Since opset 18 the last part is smaller where the parts are not equal.
    let size = whole / count + 1
    let (others, overflow) = size.multipliedReportingOverflow(by: count - 1)
    guard version >= 18, !overflow, others <= whole else { return .unknown }
    return .size(output < count - 1 ? size : whole - others)
  }
}
