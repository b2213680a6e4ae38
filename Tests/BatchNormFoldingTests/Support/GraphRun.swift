import Tensors

@testable import BatchNormFolding

/// The values of a core graph whose values are all of shape `[1, channels, 1, positions]`, before and after a plan.
///
/// Operators are what their roles say: a carrier that mixes is a mean, or, where it demands something of scales, the
/// largest, of a position and its neighbour; one that a shift does not pass counts a 0 beside them. One that mixes
/// nothing and demands something of scales is a rectifier.
struct GraphRun {
  /// Channels of positions.
  typealias Content = [[Double]]

  private let graph: FoldGraph
  private let constants: StoredConstants
  private let plan: FoldPlan?
  private(set) var contents: [ValueID: Content] = [:]

  /// Runs a graph on the contents of the values that nothing makes; with a plan, as the plan leaves it.
  init(_ builder: GraphBuilder, _ inputs: [ValueID: Content], plan: FoldPlan? = nil) throws {
    graph = builder.graph
    constants = builder.constants()
    self.plan = plan
    contents = inputs
    for id in graph.operators.indices.map(OperatorID.init) where plan?.removed.contains(id) != true { try run(id) }
  }

  private func final(_ value: ValueID) -> ValueID { plan?.successors[value] ?? value }

  private func content(_ value: ValueID) -> Content {
    guard let content = contents[final(value)] else { preconditionFailure("a value must be made before it is read") }
    return content
  }

  private mutating func run(_ id: OperatorID) throws {
    let current = graph[id]
    let leftOut = plan?.leftOut[id] ?? []
    let inputs = current.inputs.filter { !leftOut.contains(final($0)) }.map { content($0) }
    if let value = plan?.handedOn[id] { return contents[final(value)] = inputs[0] }
    let outputs: [Content] =
      switch current.role {
      case .linear(let linear): [try run(id, linear, inputs[0])]
      case .affine(let affine): [try run(id, affine, inputs[0])]
      case .carrier(let carrier): [Self.carried(inputs[0], by: carrier)]
      case .concatenation: [inputs.flatMap(\.self)]
      case .split(let split): Self.parts(inputs[0], split.counts ?? [])
      case .passage: inputs
      case .sum(let sum): [Self.sum(inputs, isDifference: sum.isDifference)]
      case .normalization(let norm): [try run(id, norm, inputs[0])]
      case .opaque: inputs.map { Self.map($0) { value, _ in value * value / (1 + abs(value)) + 0.25 } }
      }
    for (value, content) in zip(current.outputs, outputs) { contents[final(value)] = content }
  }

  // MARK: - Operators with parameters

  private func fold(of id: OperatorID) -> Fold? { plan?.folds.first { $0.linear == id } }

  private func run(_ id: OperatorID, _ linear: LinearOperator, _ input: Content) throws -> Content {
    var weight = try constants.elements(of: linear.weight)
    var bias: [Double]?
    if case .constant(let constant, _, _) = linear.bias { bias = try constants.elements(of: constant) }
    if let fold = fold(of: id) {
      weight = fold.weights(weight)
      if case .addition? = fold.bias?.holder {} else { bias = fold.bias?.values ?? bias }
    }
    let depth = weight.count / linear.channels
    return (0..<linear.channels).map { channel -> [Double] in
      input[0].indices.map { position -> Double in
        var sum = bias?[channel] ?? 0
        for index in 0..<depth { sum += weight[channel * depth + index] * input[index][position] }
        return sum
      }
    }
  }

  private func run(_ id: OperatorID, _ affine: ConstantAffine, _ input: Content) throws -> Content {
    let held = plan?.folds.compactMap(\.bias).first { $0.holder == .addition(id) }
    let own = try constants.elements(of: affine.constant)
    let stored = held?.values ?? fold(of: id)?.weights(own) ?? own
    let map = ChannelAffine(channels: stored.count, steps: affine.steps(stored))
    guard affine.view != nil || held != nil else {
      // A constant of as many elements as the value.
      return input.indices.map { channel in
        input[channel].indices.map { position in
          let element = channel * input[channel].count + position
          return map.applied(to: DoubleDouble(input[channel][position]), channel: element).hi
        }
      }
    }
    return Self.map(input) { value, channel in
      let channel = map.channels == 1 ? 0 : channel
      return map.applied(to: DoubleDouble(value), channel: channel).hi
    }
  }

  private func run(_ id: OperatorID, _ norm: Normalization, _ input: Content) throws -> Content {
    let numbers = try [norm.gamma, norm.beta, norm.mean, norm.variance].map { parameter in
      guard case .constant(let constant) = parameter else { preconditionFailure("a norm must have its parameters") }
      return try constants.elements(of: constant)
    }
    let fold = fold(of: id)
    let gamma = fold?.weights(numbers[0]) ?? numbers[0]
    let beta = fold?.bias?.values ?? numbers[1]
    return Self.map(input) { value, channel in
      let root = (numbers[3][channel] + norm.epsilon).squareRoot()
      return (value - numbers[2][channel]) * gamma[channel] / root + beta[channel]
    }
  }

  // MARK: - Operators without

  private static func map(_ content: Content, _ body: (Double, Int) -> Double) -> Content {
    content.enumerated().map { channel, row in row.map { body($0, channel) } }
  }

  private static func carried(_ input: Content, by carrier: ChannelCarrier) -> Content {
    if case .selection(_, let positions, _) = carrier.layout { return positions.map { input[$0] } }
    guard !carrier.mixedAxes.isEmpty else {
      return carrier.scaleDemand == .none ? input : input.map { row in row.map { max($0, 0) } }
    }
    return input.map { row in
      row.indices.map { position in
        let (own, next) = (row[position], row[(position + 1) % row.count])
        if carrier.scaleDemand != .none { return max(own, next) }
        return (own + next) / (carrier.shiftObstacle == nil ? 2 : 3)
      }
    }
  }

  private static func parts(_ input: Content, _ counts: [Int]) -> [Content] {
    var first = 0
    return counts.map { count in
      defer { first += count }
      return Array(input[first..<first + count])
    }
  }

  private static func sum(_ inputs: [Content], isDifference: Bool) -> Content {
    inputs.dropFirst().reduce(inputs[0]) { total, input in
      zip(total, input).map { rows in zip(rows.0, rows.1).map { isDifference ? $0 - $1 : $0 + $1 } }
    }
  }
}
