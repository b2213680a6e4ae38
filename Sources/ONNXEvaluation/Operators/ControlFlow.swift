import ProtobufIO
import Tensors

/// Branches and loops.
extension OperatorTable {
  mutating func addControlFlow() {
    add("If", several: { call in try call.run(call.boolean(0) ? "then_branch" : "else_branch") })
    add("Loop", several: Self.loop)
    add("Scan", several: Self.scan)
    addSequences()
  }

  private static func loop(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let limit = call.hasInput(0) ? try call.integer(0) : Int.max
    var goesOn = call.hasInput(1) ? try call.boolean(1) : true
    var carried = try (2..<max(call.inputs.count, 2)).map { try call.value($0) }
    var scanned = [[Tensor]](repeating: [], count: max(0, call.outputCount - carried.count))
    var iteration = 0
    while goesOn, iteration < limit {
      try call.context.budget.countTrip()
      let results = try call.run(
        "body",
        [.tensor(try Tensor([], integers: [Int64(iteration)])), .tensor(try Tensor([], booleans: [goesOn]))] + carried)
      guard results.count == 1 + carried.count + scanned.count,
        case .boolean(let flags)? = results[0].tensor?.elements, let flag = flags.first
      else { throw ComputationFailure("its body gives \(results.count) values") }
      goesOn = flag
      let states = carried.count
      carried = Array(results[1..<(1 + states)])
      for (index, value) in results[(1 + states)...].enumerated() {
        guard let tensor = value.tensor else {
          throw ComputationFailure("its body collects something that is no tensor")
        }
        scanned[index].append(tensor)
      }
      iteration += 1
    }
    return try carried + scanned.map { .tensor(try stacked($0, along: 0)) }
  }

  /// Tensors of one shape along a new axis.
  static func stacked(_ tensors: [Tensor], along axis: Int) throws -> Tensor {
    guard let first = tensors.first else { return try Tensor([0], .float32, reals: [S]()) }
    let shape = first.shape[..<axis] + [1] + first.shape[axis...]
    return try Tensor.joined(tensors.map { try $0.reshaped(to: Array(shape)) }, along: axis)
  }

  private static func scan(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let scanCount = try call.count("num_scan_inputs", default: 0)
    guard call.version >= 9 else { return try batchedScan(call, scanCount) }
    let values = try call.inputs.indices.map { try call.tensor($0) }
    let stateCount = values.count - scanCount
    guard scanCount > 0, stateCount >= 0 else {
      throw ComputationFailure("it scans \(scanCount) of \(values.count) inputs")
    }
    let axes = call.integers("scan_input_axes") ?? Array(repeating: 0, count: scanCount)
    let outputCount = call.outputCount - stateCount
    let directions = call.integers("scan_input_directions") ?? Array(repeating: 0, count: scanCount)
    let outputAxes = call.integers("scan_output_axes") ?? Array(repeating: 0, count: max(outputCount, 0))
    let outputDirections = call.integers("scan_output_directions") ?? Array(repeating: 0, count: max(outputCount, 0))
    guard outputCount >= 0, axes.count == scanCount, directions.count == scanCount, outputAxes.count == outputCount,
      outputDirections.count == outputCount
    else { throw ComputationFailure("its axes do not fit \(scanCount) inputs") }
    return try scan(
      call, states: Array(values[..<stateCount]), Array(values[stateCount...]),
      axes: zip(axes, values[stateCount...]).map { try call.axis($0, rank: $1.rank) },
      reversed: directions.map { $0 == 1 }, outputAxes: outputAxes,
      outputsReversed: outputDirections.map { $0 == 1 }
    ).map { .tensor($0) }
  }

  private static func scan(
    _ call: OperatorCall<S>, states: [Tensor], _ inputs: [Tensor], axes: [Int], reversed: [Bool], outputAxes: [Int],
    outputsReversed: [Bool]
  ) throws -> [Tensor] {
    var states = states
    let steps = inputs[0].shape[axes[0]]
    guard zip(inputs, axes).allSatisfy({ $0.shape[$1] == steps }) else {
      throw ComputationFailure("the inputs that it scans differ in length")
    }
    var outputs = [[Tensor]](repeating: [], count: outputAxes.count)
    for step in 0..<steps {
      try call.context.budget.countTrip()
      let slices = try zip(zip(inputs, axes), reversed).map { pair, isReversed in
        let (tensor, axis) = pair
        let place = isReversed ? steps - 1 - step : step
        var shape = tensor.shape
        shape.remove(at: axis)
        return try tensor.sliced(place..<(place + 1), along: axis).reshaped(to: shape)
      }
      let results = try call.run("body", (states + slices).map { .tensor($0) }).compactMap(\.tensor)
      guard results.count == states.count + outputs.count else {
        throw ComputationFailure("its body gives \(results.count) values rather than \(states.count + outputs.count)")
      }
      let count = states.count
      states = Array(results[..<count])
      for index in outputs.indices { outputs[index].append(results[count + index]) }
    }
    return try states
      + outputs.indices.map { index in
        let parts = outputsReversed[index] ? outputs[index].reversed() : outputs[index]
        return try stacked(parts, along: call.axis(outputAxes[index], rank: (parts.first?.rank ?? 0) + 1))
      }
  }

  /// The first version, whose inputs begin with sequence lengths and carry a batch axis in front.
  private static func batchedScan(_ call: OperatorCall<S>, _ scanCount: Int) throws -> [Value?] {
    guard !call.hasInput(0) else { throw ComputationFailure("Scan with sequence lengths is not supported") }
    let values = try call.inputs.indices.dropFirst().map { try call.tensor($0) }
    let stateCount = values.count - scanCount
    guard scanCount > 0, stateCount >= 0, let batch = values.first?.shape.first, call.outputCount >= stateCount,
      values.allSatisfy({ $0.shape.first == batch }), values[stateCount...].allSatisfy({ $0.rank > 1 })
    else { throw ComputationFailure("it scans \(scanCount) of \(values.count) inputs") }
    let reversed = (call.integers("directions") ?? Array(repeating: 0, count: scanCount)).map { $0 == 1 }
    let outputCount = call.outputCount - stateCount
    var results: [[Tensor]] = []
    for image in 0..<batch {
      let own = try values.map {
        try $0.sliced(image..<(image + 1), along: 0).reshaped(to: Array($0.shape.dropFirst()))
      }
      results.append(
        try scan(
          call, states: Array(own[..<stateCount]), Array(own[stateCount...]),
          axes: Array(repeating: 0, count: scanCount), reversed: reversed,
          outputAxes: Array(repeating: 0, count: outputCount),
          outputsReversed: Array(repeating: false, count: outputCount)))
    }
    return try (0..<call.outputCount).map { index in .tensor(try stacked(results.map { $0[index] }, along: 0)) }
  }
}
