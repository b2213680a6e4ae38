import ProtobufIO
import Tensors

/// Operators that give the same elements another shape or order.
extension OperatorTable {
  mutating func addShaping() {
    add("Reshape", Self.reshape)
    add("Flatten") { call in
      let tensor = try call.tensor(0)
      let axis = try call.axis(call.integer("axis", default: 1), rank: tensor.rank, includesEnd: true)
      return try tensor.reshaped(to: [Shape.count(of: tensor.shape[..<axis]), Shape.count(of: tensor.shape[axis...])])
    }
    add("Squeeze", Self.squeeze)
    add("Unsqueeze", Self.unsqueeze)
    add("Transpose") { call in
      let tensor = try call.tensor(0)
      let order = call.integers("perm") ?? tensor.shape.indices.reversed()
      guard order.sorted().elementsEqual(tensor.shape.indices) else {
        throw ComputationFailure("perm \(order) does not order \(tensor.rank) axes")
      }
      return try tensor.transposed(by: order)
    }
    add("Expand") { call in
      let tensor = try call.tensor(0)
      let asked = try call.integers(1)
      guard let shape = Shape.broadcast(tensor.shape, asked) else {
        throw ComputationFailure("shape \(tensor.shape) does not broadcast to \(asked)")
      }
      _ = try shape.checkedCount()
      return try tensor.expanded(to: shape)
    }
    add("Tile", Self.tile)
    add("DepthToSpace") { try Self.moveDepth($0, isToSpace: true) }
    add("SpaceToDepth") { try Self.moveDepth($0, isToSpace: false) }
    add("Shape") { call in
      let shape = try call.tensor(0).shape
      func place(_ index: Int) -> Int { min(max(index < 0 ? index + shape.count : index, 0), shape.count) }
      let start = place(try call.integer("start", default: 0))
      let end = place(try call.integer("end", default: shape.count))
      let part = start < end ? shape[start..<end] : []
      _ = try [part.count].checkedCount()
      return try Tensor([part.count], integers: part.map { Int64($0) })
    }
    add("Size") { try Tensor([], integers: [Int64(try $0.tensor(0).count)]) }
  }

  private static func reshape(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    var shape = call.version < 5 ? call.integers("shape") ?? [] : try call.integers(1)
    if try call.integer("allowzero", default: 0) == 0 {
      for axis in shape.indices where shape[axis] == 0 && axis < tensor.rank { shape[axis] = tensor.shape[axis] }
    }
    if let open = shape.firstIndex(of: -1) {
      let known = try shape.enumerated().map { $0.offset == open ? 1 : $0.element }.possibleCount()
      guard known > 0, tensor.count % known == 0 else {
        throw ComputationFailure("shape \(tensor.shape) cannot become \(shape)")
      }
      shape[open] = tensor.count / known
    }
    guard try shape.possibleCount() == tensor.count else {
      throw ComputationFailure("shape \(tensor.shape) cannot become \(shape)")
    }
    return try tensor.reshaped(to: shape)
  }

  private static func squeeze(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let stated = try call.axes("axes", orInput: 1, since: 13)?.map { try call.axis($0, rank: tensor.rank) }
    let axes = stated ?? tensor.shape.indices.filter { tensor.shape[$0] == 1 }
    guard axes.allSatisfy({ tensor.shape[$0] == 1 }) else {
      throw ComputationFailure("axes \(axes) of shape \(tensor.shape) are not all of size 1")
    }
    return try tensor.reshaped(to: tensor.shape.indices.filter { !axes.contains($0) }.map { tensor.shape[$0] })
  }

  private static func unsqueeze(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    guard let stated = try call.axes("axes", orInput: 1, since: 13) else { throw ComputationFailure("has no axes") }
    let rank = tensor.rank + stated.count
    let axes = Set(try stated.map { try call.axis($0, rank: rank) })
    guard axes.count == stated.count else { throw ComputationFailure("axes \(stated) name one twice") }
    var rest = tensor.shape.makeIterator()
    return try tensor.reshaped(to: (0..<rank).map { axes.contains($0) ? 1 : rest.next() ?? 1 })
  }

  private static func tile(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    var repeats = try call.integers(1)
    if call.version < 6 {
      // The first version repeats one axis.
      let axis = try call.axis(call.integer(2), rank: tensor.rank)
      let count = repeats.first ?? 1
      repeats = tensor.shape.indices.map { $0 == axis ? count : 1 }
    }
    guard repeats.count == tensor.rank, repeats.allSatisfy({ $0 >= 0 }) else {
      throw ComputationFailure("repeats \(repeats) do not fit shape \(tensor.shape)")
    }
    _ = try (tensor.shape + repeats).checkedCount()
    let shape = zip(tensor.shape, repeats).map { $0 * $1 }
    let strides = Shape.strides(of: tensor.shape)
    let walk = StridedCopy(
      shape: tensor.shape.indices.flatMap { [repeats[$0], tensor.shape[$0]] },
      strides: tensor.shape.indices.flatMap { [0, strides[$0]] })
    return try tensor.copied(walk, shape: shape)
  }

  private static func moveDepth(_ call: OperatorCall<S>, isToSpace: Bool) throws -> Tensor {
    let tensor = try call.tensor(0)
    let size = try call.count("blocksize", default: 0)
    guard tensor.rank == 4, size > 0 else {
      throw ComputationFailure("a block of \(size) does not fit shape \(tensor.shape)")
    }
    let (images, channels, height, width) = (tensor.shape[0], tensor.shape[1], tensor.shape[2], tensor.shape[3])
    guard isToSpace ? channels % (size * size) == 0 : height % size == 0 && width % size == 0 else {
      throw ComputationFailure("a block of \(size) does not divide shape \(tensor.shape)")
    }
    // SpaceToDepth knows only the order depth, column, row before opset 28.
    let isChannelFirst = call.text("mode", default: "DCR") == "CRD"
    if isToSpace {
      let depth = channels / (size * size)
      let split =
        isChannelFirst ? [images, depth, size, size, height, width] : [images, size, size, depth, height, width]
      _ = try split.possibleCount()
      let order = isChannelFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]
      return try tensor.reshaped(to: split).transposed(by: order)
        .reshaped(to: [images, depth, height * size, width * size])
    }
    let split = [images, channels, height / size, size, width / size, size]
    _ = try split.possibleCount()
    let order = isChannelFirst ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]
    return try tensor.reshaped(to: split).transposed(by: order)
      .reshaped(to: [images, channels * size * size, height / size, width / size])
  }
}
