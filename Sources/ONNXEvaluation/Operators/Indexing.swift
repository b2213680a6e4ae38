import NumericKernels
import ProtobufIO
import Tensors

/// Operators that read and write at indices which are data.
extension OperatorTable {
  mutating func addIndexing() {
    add("Gather") { call in
      let (tensor, indices) = (try call.tensor(0), try call.tensor(1))
      let axis = try call.axis(call.integer("axis", default: 0), rank: tensor.rank)
      let places = try Self.places(try call.integers(1), size: tensor.shape[axis])
      let shape = Array(tensor.shape[..<axis] + indices.shape + tensor.shape[(axis + 1)...])
      _ = try shape.checkedCount()
      return try tensor.picked(places, along: axis).reshaped(to: shape)
    }
    add("GatherElements") { call in
      let (tensor, indices) = (try call.tensor(0), try call.tensor(1))
      let axis = try call.axis(call.integer("axis", default: 0), rank: tensor.rank)
      return try tensor.gathered(
        try Self.elementPlaces(tensor.shape, indices.shape, try call.integers(1), axis), shape: indices.shape)
    }
    add("GatherND", Self.gatherND)
    add("ScatterElements") { try Self.scatterElements($0) }
    add("Scatter") { try Self.scatterElements($0) }
    add("ScatterND", Self.scatterND)
    add("TensorScatter", Self.tensorScatter)
    add("OneHot", Self.oneHot)
    add("Compress", Self.compress)
    add("ReverseSequence", Self.reverseSequence)
  }

  /// Indices counted from the front.
  static func places(_ indices: [Int], size: Int) throws -> [Int] {
    try indices.map { index in
      guard -size <= index, index < size else {
        throw ComputationFailure("index \(index) lies outside an axis of \(size)")
      }
      return index < 0 ? index + size : index
    }
  }

  /// The place in a tensor of each index, which replaces one coordinate of its own place.
  private static func elementPlaces(
    _ shape: [Int], _ indexShape: [Int], _ indices: [Int], _ axis: Int
  ) throws -> [Int] {
    guard indexShape.count == shape.count,
      shape.indices.allSatisfy({ $0 == axis || indexShape[$0] <= shape[$0] })
    else { throw ComputationFailure("indices of shape \(indexShape) do not fit shape \(shape)") }
    let strides = Shape.strides(of: shape)
    var walk = strides
    walk[axis] = 0
    let bases = StridedCopy(shape: indexShape, strides: walk).elements(of: Array(0..<Shape.count(of: shape)))
    return zip(bases, try places(indices, size: shape[axis])).map { $0 + $1 * strides[axis] }
  }

  /// The places of the slices that rows of coordinates name.
  private static func slicePlaces(
    _ coordinates: ArraySlice<Int>, rows: Int, depth: Int, _ shape: [Int]
  ) throws -> [Int] {
    let strides = Shape.strides(of: shape)
    return try (0..<rows).map { row in
      try (0..<depth).reduce(0) { sum, axis in
        let place = try places([coordinates[coordinates.startIndex + row * depth + axis]], size: shape[axis])[0]
        return sum + place * strides[axis]
      }
    }
  }

  private static func gatherND(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (tensor, indices) = (try call.tensor(0), try call.tensor(1))
    let batch = try call.integer("batch_dims", default: 0)
    guard let depth = indices.shape.last, (0..<indices.rank).contains(batch), batch <= tensor.rank,
      depth <= tensor.rank - batch,
      tensor.shape[..<batch] == indices.shape[..<batch]
    else { throw ComputationFailure("indices of shape \(indices.shape) do not fit shape \(tensor.shape)") }
    let inner = Array(tensor.shape[batch...])
    let width = Shape.count(of: inner.dropFirst(depth))
    let (batches, size) = (Shape.count(of: tensor.shape[..<batch]), Shape.count(of: inner))
    let all = try call.integers(1)
    let perBatch = all.count / max(batches, 1)
    let rows = Shape.count(of: indices.shape[batch...].dropLast())
    let shape = Array(indices.shape.dropLast() + inner.dropFirst(depth))
    _ = try shape.checkedCount()
    let starts = try (0..<batches).flatMap { row in
      try slicePlaces(all[(row * perBatch)..<((row + 1) * perBatch)], rows: rows, depth: depth, inner).map {
        $0 + row * size
      }
    }
    return try tensor.gathered(starts.flatMap { $0..<($0 + width) }, shape: shape)
  }

  /// Puts updates at places, combined with what is there as the attribute `reduction` says.
  private static func scatter(
    _ call: OperatorCall<S>, _ tensor: Tensor, _ places: [Int], _ updates: Tensor
  ) throws -> Tensor {
    let function: BinaryFunction
    switch call.text("reduction", default: "none") {
    case "add": function = .sum
    case "mul": function = .product
    case "max": function = .maximum
    case "min": function = .minimum
    default: return try tensor.scattered(updates, to: places)
    }
    // One after the other, since several updates may meet at one place.
    if case .integer(var elements) = tensor.elements, case .integer(let new) = updates.elements {
      for (place, update) in zip(places, new) {
        var element = [elements[place]]
        function.apply(to: &element, shape: [1], [update], bShape: [1], isUnsigned64: tensor.kind == .uint64)
        elements[place] = element[0]
      }
      return try Tensor(tensor.shape, tensor.kind, integers: elements)
    }
    var elements = try OperatorCall<S>.reals(of: tensor, input: 0)
    for (place, update) in zip(places, try OperatorCall<S>.reals(of: updates, input: 2)) {
      var element = [elements[place]]
      function.apply(to: &element, shape: [1], [update], bShape: [1])
      elements[place] = element[0]
    }
    return try Tensor(tensor.shape, tensor.kind, reals: elements)
  }

  private static func scatterElements(_ call: OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let axis = try call.axis(call.integer("axis", default: 0), rank: tensor.rank)
    let places = try elementPlaces(tensor.shape, try call.tensor(1).shape, try call.integers(1), axis)
    return try scatter(call, tensor, places, try call.tensor(2))
  }

  private static func scatterND(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (tensor, indices, updates) = (try call.tensor(0), try call.tensor(1), try call.tensor(2))
    guard let depth = indices.shape.last, depth <= tensor.rank,
      updates.shape == indices.shape.dropLast() + tensor.shape[depth...]
    else { throw ComputationFailure("indices of shape \(indices.shape) do not fit shape \(tensor.shape)") }
    let width = Shape.count(of: tensor.shape[depth...])
    let rows = Shape.count(of: indices.shape.dropLast())
    let starts = try slicePlaces(try call.integers(1)[...], rows: rows, depth: depth, tensor.shape)
    return try scatter(call, tensor, starts.flatMap { $0..<($0 + width) }, updates)
  }

  /// Writes updates into a cache, each batch from its own position on.
  private static func tensorScatter(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (tensor, updates) = (try call.tensor(0), try call.tensor(1))
    let axis = try call.axis(call.integer("axis", default: -2), rank: tensor.rank)
    let starts = try call.optionalIntegers(2) ?? Array(repeating: 0, count: tensor.shape.first ?? 0)
    let isCircular = call.text("mode", default: "linear") == "circular"
    guard axis > 0, updates.rank == tensor.rank, starts.count == tensor.shape[0],
      starts.allSatisfy({ 0 <= $0 && $0 <= tensor.shape[axis] })
    else {
      throw ComputationFailure("updates of shape \(updates.shape) do not fit shape \(tensor.shape)")
    }
    let strides = Shape.strides(of: tensor.shape)
    let own = Shape.strides(of: updates.shape)
    let places = try (0..<updates.count).map { index in
      var (rest, place) = (index, 0)
      let image = index / own[0]
      for dimension in updates.shape.indices {
        var coordinate = rest / own[dimension]
        rest %= own[dimension]
        if dimension == axis {
          coordinate += starts[image]
          if isCircular { coordinate %= max(tensor.shape[axis], 1) }
        }
        guard coordinate < tensor.shape[dimension] else {
          throw ComputationFailure("an update lies outside shape \(tensor.shape)")
        }
        place += coordinate * strides[dimension]
      }
      return place
    }
    return try tensor.scattered(updates, to: places)
  }

  private static func oneHot(_ call: inout OperatorCall<S>) throws -> Tensor {
    let indices = try call.tensor(0)
    let depth = Int(clamped: try call.number(1))
    let values = try call.tensor(2)
    let axis = try call.axis(call.integer("axis", default: -1), rank: indices.rank + 1)
    let shape = indices.shape[..<axis] + [depth] + indices.shape[axis...]
    guard try Array(shape).checkedCount() > 0, values.count == 2 else {
      throw ComputationFailure("a depth of \(depth) or \(values.count) values are not possible")
    }
    let inner = Shape.count(of: indices.shape[axis...])
    var choices = [Int](repeating: 0, count: Shape.count(of: shape))
    for (position, number) in (indices.doubles ?? []).enumerated() {
      let stated = Int(clamped: number)
      let index = stated < 0 ? stated &+ depth : stated
      guard 0 <= index, index < depth else { continue }
      choices[(position / inner * depth + index) * inner + position % inner] = 1
    }
    return try values.gathered(choices, shape: Array(shape))
  }

  private static func compress(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    guard case .boolean(let condition) = try call.tensor(1).elements else {
      throw ComputationFailure("input 1 is not bool")
    }
    let source = try call.hasAttribute("axis") ? tensor : tensor.reshaped(to: [tensor.count])
    let axis = try call.axis(call.integer("axis", default: 0), rank: source.rank)
    return try source.picked(condition.indices.prefix(source.shape[axis]).filter { condition[$0] }, along: axis)
  }

  private static func reverseSequence(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let time = try call.axis(call.integer("time_axis", default: 0), rank: tensor.rank)
    let batch = try call.axis(call.integer("batch_axis", default: 1), rank: tensor.rank)
    let lengths = try call.integers(1)
    guard time != batch, lengths.count == tensor.shape[batch],
      lengths.allSatisfy({ 0 <= $0 && $0 <= tensor.shape[time] })
    else { throw ComputationFailure("lengths \(lengths) do not fit shape \(tensor.shape)") }
    let strides = Shape.strides(of: tensor.shape)
    return try tensor.gathered(
      (0..<tensor.count).map { place in
        let step = place / strides[time] % tensor.shape[time]
        let length = lengths[place / strides[batch] % tensor.shape[batch]]
        return step < length ? place + (length - 1 - 2 * step) * strides[time] : place
      }, shape: tensor.shape)
  }
}
