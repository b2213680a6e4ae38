import ProtobufIO
import Tensors

/// Lists of values, and values that may be absent.
extension OperatorTable {
  mutating func addSequences() {
    add("SequenceEmpty", several: { _ in [.sequence([])] })
    // A sequence holds tensors alone, so values are never deep.
    add(
      "SequenceConstruct",
      several: { call in [.sequence(try call.inputs.indices.map { .tensor(try call.tensor($0)) })] })
    add("SequenceLength") { call in try Tensor([], integers: [Int64(try Self.list(call).count)]) }
    add(
      "SequenceAt",
      several: { call in
        let values = try Self.list(call)
        return [values[try Self.places([call.integer(1)], size: values.count)[0]]]
      })
    add(
      "SequenceInsert",
      several: { call in
        var values = try Self.list(call)
        let place = call.hasInput(2) ? try call.integer(2) : values.count
        values.insert(.tensor(try call.tensor(1)), at: try call.axis(place, rank: values.count, includesEnd: true))
        return [.sequence(values)]
      })
    add(
      "SequenceErase",
      several: { call in
        var values = try Self.list(call)
        let place = call.hasInput(1) ? try call.integer(1) : -1
        values.remove(at: try Self.places([place], size: values.count)[0])
        return [.sequence(values)]
      })
    add("SequenceMap", several: Self.mapSequence)
    add("SplitToSequence", several: Self.splitToSequence)
    add("ConcatFromSequence") { call in
      let tensors = try Self.list(call).compactMap(\.tensor)
      let rank = tensors.first?.rank ?? 0
      if try call.integer("new_axis", default: 0) == 1 {
        return try Self.stacked(tensors, along: call.axis(call.integer("axis", default: 0), rank: rank + 1))
      }
      return try Tensor.joined(tensors, along: call.axis(call.integer("axis", default: 0), rank: rank))
    }
    add("Optional", several: { call in [call.hasInput(0) ? try call.value(0) : .absent] })
    add("OptionalHasElement") { call in
      var isPresent = call.hasInput(0)
      if isPresent, case .absent = try call.value(0) { isPresent = false }
      return try Tensor([], booleans: [isPresent])
    }
    add(
      "OptionalGetElement",
      several: { call in
        let value = try call.value(0)
        if case .absent = value { throw ComputationFailure("the optional value holds nothing") }
        return [value]
      })
  }

  private static func list(_ call: OperatorCall<S>) throws -> [Value] {
    guard case .sequence(let values) = try call.value(0) else { throw ComputationFailure("input 0 is no sequence") }
    return values
  }

  private static func mapSequence(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let values = try list(call)
    var results = [[Value]](repeating: [], count: call.outputCount)
    for index in values.indices {
      try call.context.budget.countTrip()
      let others = try call.inputs.indices.dropFirst().map { input -> Value in
        if case .sequence(let list) = try call.value(input) {
          guard index < list.count else { throw ComputationFailure("its sequences differ in length") }
          return list[index]
        }
        return try call.value(input)
      }
      for (output, value) in try call.run("body", [values[index]] + others).enumerated() where output < results.count {
        guard value.tensor != nil else { throw ComputationFailure("its body gives something that is no tensor") }
        results[output].append(value)
      }
    }
    return results.map { .sequence($0) }
  }

  private static func splitToSequence(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let tensor = try call.tensor(0)
    let axis = try call.axis(call.integer("axis", default: 0), rank: tensor.rank)
    let size = tensor.shape[axis]
    var sizes: [Int]
    if !call.hasInput(1) {
      sizes = Array(repeating: 1, count: size)
    } else if try call.tensor(1).rank == 0 {
      let part = try call.integer(1)
      guard part > 0 else { throw ComputationFailure("parts of \(part) are not possible") }
      sizes = stride(from: 0, to: size, by: part).map { min(part, size - $0) }
    } else {
      sizes = try call.integers(1)
    }
    guard sizes.allSatisfy({ 0 <= $0 && $0 <= size }), sizes.reduce(0, +) == size else {
      throw ComputationFailure("parts of \(sizes) do not add up to \(size)")
    }
    let keepsAxis = try call.hasInput(1) || call.integer("keepdims", default: 1) == 1
    var start = 0
    return [
      .sequence(
        try sizes.map { part in
          defer { start += part }
          let slice = try tensor.sliced(start..<(start + part), along: axis)
          var shape = slice.shape
          if !keepsAxis { shape.remove(at: axis) }
          return .tensor(try slice.reshaped(to: shape))
        })
    ]
  }
}
