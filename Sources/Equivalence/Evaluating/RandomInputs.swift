public import Tensors

/// Makes inputs of the right type from a seed.
public struct RandomInputs: Sendable {
  private let seed: UInt64
  private let shapes: [String: [Int]]

  /// - Parameter shapes: By name, for inputs whose shape is not as the model says or as is likely.
  public init(seed: UInt64, shapes: [String: [Int]] = [:]) {
    self.seed = seed
    self.shapes = shapes
  }

  /// A value for each input that has no default.
  ///
  /// The same seed gives the same values on every machine.
  /// Real numbers are normally distributed about 0 with variance 1, integers lie from 0 to 9.
  ///
  /// - Throws: `EvaluationError` for an input whose type or rank is not known, or that has too many elements; in a run
  ///   where it has no memory for them.
  public func values(for inputs: [InputDescription]) throws(EvaluationError) -> [String: Value] {
    for name in shapes.keys.sorted() where !inputs.contains(where: { $0.name == name }) {
      throw EvaluationError(.unsuitableInput, "the model has no input '\(name)'")
    }
    var result: [String: Value] = [:]
    for (index, input) in inputs.enumerated() where !input.hasDefault || shapes[input.name] != nil {
      guard let kind = input.kind else {
        throw EvaluationError(.unsuitableInput, "input '\(input.name)' has no type that can be made up: give --data")
      }
      var generator = SplitMix(state: seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(index))
      result[input.name] = .tensor(try Self.tensor(try shape(of: input), kind, &generator))
    }
    return result
  }

  /// How many elements all values will have, but for those that cannot be made.
  package func elementCount(for inputs: [InputDescription]) -> Int {
    inputs.filter { !$0.hasDefault || shapes[$0.name] != nil }
      .reduce(0) { $0.addingClamped((try? shape(of: $1))?.reduce(1, *) ?? 0) }
  }

  /// The shape that was given, or the model's with likely sizes for symbolic axes.
  private func shape(of input: InputDescription) throws(EvaluationError) -> [Int] {
    let shape = try likelyShape(of: input)
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(size, 1))
      guard size >= 0, !overflow, product <= Self.elementLimit else {
        throw EvaluationError(.unsuitableInput, "input '\(input.name)' of shape \(shape) is too large to make up")
      }
      count = product
    }
    return shape
  }

  private static let elementLimit = 1 << 27

  private func likelyShape(of input: InputDescription) throws(EvaluationError) -> [Int] {
    if let shape = shapes[input.name] { return shape }
    guard let shape = input.shape else {
      throw EvaluationError(.unsuitableInput, "input '\(input.name)' has no shape: give --input-shape \(input.name)=…")
    }
    return shape.indices.map { axis in shape[axis] ?? Self.likelySize(axis: axis, rank: shape.count) }
  }

  /// One image of three channels and 64 places a side, or one sequence of 16.
  private static func likelySize(axis: Int, rank: Int) -> Int {
    switch (axis, rank) {
    case (0, _): 1
    case (1, 4...): 3
    case (_, 4...): 64
    default: 16
    }
  }

  private static func tensor(_ shape: [Int], _ kind: ElementType, _ generator: inout SplitMix) throws(EvaluationError)
    -> Tensor
  {
    let count = shape.reduce(1, *)
    try Ledger.current?.ask(elements: count)
    let elements: Elements
    if kind.isReal {
      elements = .float32((0..<count).map { _ in Self.rounded(generator.normal(), to: kind) })
    } else if kind == .bool {
      elements = .boolean((0..<count).map { _ in generator.next() & 1 == 1 })
    } else if kind == .string {
      elements = .text((0..<count).map { _ in Array("\(generator.next() % 10)".utf8) })
    } else {
      elements = .integer((0..<count).map { _ in Int64(generator.next() % UInt64(min(10, kind.greatestInteger))) })
    }
    return try Tensor(shape: shape, kind: kind, elements: elements)
  }

  /// The number with two bits, of which the lowest is at least a half: what every narrow kind holds.
  private static func fewBits(of number: Double) -> Float {
    let quantum = abs(number) < 1 ? 0.5 : Double(sign: .plus, exponent: Int(number.exponent) - 1, significand: 1)
    return Float((number / quantum).rounded() * quantum)
  }

  /// A number that the kind holds exactly, so that every run begins with the same one.
  private static func rounded(_ number: Double, to kind: ElementType) -> Float {
    switch kind {
    case .float64, .float32: Float(number)
    case .float16: Float(Float16(number))
    case .bfloat16: Float((number * 4).rounded() / 4)
    case .float8e8m0: Float(sign: .plus, exponent: Int((2 * number).rounded()), significand: 1)
    default: fewBits(of: number)
    }
  }
}
