import ProtobufIO
import Tensors

/// Operators that put tensors together, take them apart or change their edges.
extension OperatorTable {
  mutating func addJoining() {
    add("Concat") { call in
      let tensors = try call.inputs.indices.map { try call.tensor($0) }
      let axis = try call.integer("axis", default: 1)
      return try Tensor.joined(tensors, along: call.axis(axis, rank: tensors.first?.rank ?? 0))
    }
    add("Split", several: Self.split)
    add("Slice", Self.slice)
    add("Pad", Self.pad)
    add("CenterCropPad", Self.centerCropPad)
  }

  private static func split(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let tensor = try call.tensor(0)
    let axis = try call.axis(call.integer("axis", default: 0), rank: tensor.rank)
    let stated =
      call.version == 1 && call.hasInput(1) ? try call.integers(1) : try call.axes("split", orInput: 1, since: 13)
    let sizes: [Int]
    if let stated {
      sizes = stated
    } else {
      let count = try call.count("num_outputs", default: call.outputCount)
      guard count > 0 else { throw ComputationFailure("cannot be split into \(count) parts") }
      let size = (tensor.shape[axis] + count - 1) / count
      sizes = (0..<count).map { max(0, min(size, tensor.shape[axis] - $0 * size)) }
    }
    guard sizes.allSatisfy({ 0 <= $0 && $0 <= tensor.shape[axis] }), sizes.reduce(0, +) == tensor.shape[axis] else {
      throw ComputationFailure("parts of \(sizes) do not add up to \(tensor.shape[axis])")
    }
    var start = 0
    return try sizes.map { size in
      defer { start += size }
      return .tensor(try tensor.sliced(start..<(start + size), along: axis))
    }
  }

  private static func slice(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let isOld = call.version < 10
    guard let starts = isOld ? call.integers("starts") : try call.integers(1),
      let ends = isOld ? call.integers("ends") : try call.integers(2), starts.count == ends.count
    else { throw ComputationFailure("has no starts or no ends") }
    let axes = (isOld ? call.integers("axes") : try call.optionalIntegers(3)) ?? Array(starts.indices)
    let steps = isOld ? nil : try call.optionalIntegers(4)
    guard axes.count == starts.count, steps.map({ $0.count == starts.count }) ?? true else {
      throw ComputationFailure("has \(starts.count) starts but \(axes.count) axes")
    }
    guard Set(axes.map { $0 < 0 ? $0 &+ tensor.rank : $0 }).count == axes.count else {
      throw ComputationFailure("axes \(axes) name one twice")
    }
    var shape = tensor.shape
    var strides = Shape.strides(of: tensor.shape)
    var offset = 0
    for index in starts.indices {
      let axis = try call.axis(axes[index], rank: tensor.rank)
      let size = tensor.shape[axis]
      let step = steps?[index] ?? 1
      guard step != 0, step != Int.min else { throw ComputationFailure("a step of \(step) is not possible") }
      // A place behind either end means that end.
      func place(_ position: Int) -> Int {
        let absolute = position < 0 ? max(position, -size - 1) + size : position
        return step > 0 ? min(max(absolute, 0), size) : min(max(absolute, -1), size - 1)
      }
      let (start, end) = (place(starts[index]), place(ends[index]))
      let distance = step > 0 ? end - start : start - end
      shape[axis] = distance <= 0 ? 0 : (distance - 1) / abs(step) + 1
      offset += start * strides[axis]
      strides[axis] *= shape[axis] > 1 ? step : 1
    }
    guard !shape.contains(0) else { return try Tensor.filled(shape, like: tensor) }
    return try tensor.copied(StridedCopy(shape: shape, strides: strides, offset: offset), shape: shape)
  }

  private static func pad(_ call: inout OperatorCall<S>) throws -> Tensor {
    var tensor = try call.tensor(0)
    let isOld = call.version < 11
    guard let pads = isOld ? call.integers("pads") ?? call.integers("paddings") : try call.integers(1) else {
      throw ComputationFailure("has no pads")
    }
    let axes =
      try (call.version >= 18 ? call.optionalIntegers(3) : nil)?.map { try call.axis($0, rank: tensor.rank) }
      ?? Array(tensor.shape.indices)
    guard pads.count == 2 * axes.count else {
      throw ComputationFailure("\(pads.count) pads do not fit \(axes.count) axes")
    }
    guard !isOld || tensor.kind.isReal else { throw ComputationFailure("\(tensor.kind.rawValue) cannot be padded so") }
    let fill: Tensor? =
      try isOld
      ? Tensor([], tensor.kind, reals: [S(try call.real("value", default: 0))]) : call.optionalTensor(2)
    let mode = call.text("mode", default: "constant")
    for (index, axis) in axes.enumerated() {
      let (before, after) = (pads[index], pads[index + axes.count])
      guard (-1 << 31..<1 << 31).contains(before), (-1 << 31..<1 << 31).contains(after) else {
        throw ComputationFailure("pads of \(before) and \(after) are not possible")
      }
      var shape = tensor.shape
      shape[axis] += before + after
      _ = try shape.checkedCount()
      let places = try padded(size: tensor.shape[axis], before, after, mode)
      tensor = try tensor.picked(places, along: axis, fill: fill)
    }
    return tensor
  }

  /// Which element stands at each place of a padded axis; -1 for a constant.
  private static func padded(size: Int, _ before: Int, _ after: Int, _ mode: String) throws -> [Int] {
    guard size > 0 || mode == "constant" else { throw ComputationFailure("nothing to pad with in mode '\(mode)'") }
    return try (-before..<(size + after)).map { place in
      if 0 <= place, place < size { return place }
      switch mode {
      case "constant": return -1
      case "edge": return place < 0 ? 0 : size - 1
      case "wrap": return ((place % size) + size) % size
      case "reflect":
        let period = max(2 * (size - 1), 1)
        let folded = ((place % period) + period) % period
        return folded < size ? folded : period - folded
      default: throw ComputationFailure("mode '\(mode)' is not known")
      }
    }
  }

  private static func centerCropPad(_ call: inout OperatorCall<S>) throws -> Tensor {
    var tensor = try call.tensor(0)
    let target = try call.integers(1)
    let axes = try call.integers("axes")?.map { try call.axis($0, rank: tensor.rank) } ?? Array(tensor.shape.indices)
    guard axes.count == target.count else {
      throw ComputationFailure("\(target.count) sizes do not fit \(axes.count) axes")
    }
    for (axis, size) in zip(axes, target) {
      let old = tensor.shape[axis]
      _ = try [size, tensor.count / max(old, 1)].checkedCount()
      // An odd difference leaves the larger part behind when padding, and cuts the larger part in front of none.
      let start = size >= old ? -((size - old) / 2) : (old - size) / 2
      let places = (0..<size).map { $0 + start }.map { 0 <= $0 && $0 < old ? $0 : -1 }
      tensor = try tensor.picked(places, along: axis)
    }
    return tensor
  }
}
