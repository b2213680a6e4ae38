import Tensors

@testable import BatchNormFolding

/// Operators that hand channels on.
extension GraphBuilder {
  /// An If, whose body hands out values of an inner scope.
  mutating func passage(_ inputs: [ValueID], _ outputs: [String]) -> [ValueID] {
    for input in inputs { handOut(input) }
    _ = add("If", .passage, reading: inputs, writing: outputs)
    return graph.operators[graph.operators.count - 1].outputs
  }

  /// A function that is called once: the value within for what it takes, and what it makes, within and outside.
  mutating func function(
    taking input: ValueID, _ build: (inout GraphBuilder, ValueID) -> ValueID
  ) -> (input: ValueID, made: (inner: ValueID, outer: ValueID)) {
    let outside = scope
    scope += 1
    let handedIn = add("call", .passage, reading: [input], writing: ["in"])
    handIn(handedIn)
    let inner = build(&self, handedIn)
    scope = outside
    return (handedIn, (inner, passage([inner], ["out"])[0]))
  }

  mutating func carrier(
    _ layout: ChannelCarrier.Layout, _ input: ValueID, _ output: String = "t", kind: String = "Carrier",
    mixing mixedAxes: Set<Int> = [], scales: ChannelCarrier.ScaleDemand = .none, shiftObstacle: DeclineReason? = nil,
    outputs: [String] = []
  ) -> ValueID {
    let carrier = ChannelCarrier(layout, mixing: mixedAxes, scales: scales, shiftObstacle: shiftObstacle)
    return add(kind, .carrier(carrier), reading: [input], writing: [output] + outputs)
  }

  /// Joins values along axis 1.
  mutating func concat(
    _ inputs: [ValueID], _ output: String = "j", counts: [Int]? = nil, axis: Int = 1
  ) -> ValueID {
    let counts = counts ?? inputs.map { _ in 2 }
    return add("Concat", .concatenation(Concatenation(axis: axis, counts: counts)), reading: inputs, writing: [output])
  }

  /// Cuts a value along an axis; all parts are there.
  mutating func split(_ input: ValueID, _ outputs: [String], counts: [Int]?, axis: Int = 1) -> [ValueID] {
    let first = add("Split", .split(ChannelSplit(axis: axis, counts: counts)), reading: [input], writing: outputs)
    return outputs.indices.map { ValueID(first.index + $0) }
  }

  /// Adds up values of one shape, of two channels unless it says another.
  mutating func sum(
    _ inputs: [ValueID], _ output: String = "s", shapes: [[Dimension]]? = nil, isDifference: Bool = false
  ) -> ValueID {
    let shapes = shapes ?? inputs.map { _ in [.symbol(0), .size(2), .symbol(1), .symbol(2)] }
    return add(
      isDifference ? "Sub" : "Sum", .sum(BranchSum(shapes: shapes, isDifference: isDifference)), reading: inputs,
      writing: [output])
  }

  /// A rectifier, which scales of at least 0 pass.
  mutating func relu(_ input: ValueID, _ output: String = "r") -> ValueID {
    carrier(
      .sameAxes, input, output, kind: "Relu", scales: .notNegative,
      shiftObstacle: DeclineReason(.noLinearProducer, "its input '\(output)' comes from the Relu"))
  }

  /// A constant of every element of a value of shape `[1, channels, 1, 3]`.
  mutating func branch(
    _ operation: ConstantAffine.Operation, _ input: ValueID, _ output: String = "a", _ values: [Double],
    shape: [Int]? = nil, keepsShape: Bool = false, isKept: Bool = false, storage: StorageType? = nil
  ) -> ValueID {
    let shape = shape ?? [values.count / 3, 1, 3]
    let id = constant("\(output).values", values, shape: shape, storage: storage, isKept: isKept)
    return add(
      "Add",
      .affine(
        ConstantAffine(operation, constant: id, view: nil, firstAxis: 4 - shape.count, keepsShape: keepsShape)),
      reading: [input], writing: [output])
  }

  /// An operator that nothing passes.
  mutating func opaque(_ input: ValueID, _ output: String = "r", kind: String = "Relu") -> ValueID {
    add(kind, .opaque(nil), reading: [input], writing: [output])
  }
}
