import Tensors

@testable import BatchNormFolding

/// A random graph of every kind of operator, with some operators that are per-channel maps.
///
/// All values are of shape `[1, channels, 1, positions]` with two or four channels; scales and shifts are arbitrary
/// numbers, so that none undoes others by chance.
struct RandomGraph {
  private(set) var builder = GraphBuilder()
  private(set) var inputs: [ValueID: Int] = [:]

  private var generator: SeededGenerator
  private var pool: [(value: ValueID, channels: Int)] = []
  private var maps = 0
  private var count = 0

  /// Which operators there may be.
  struct Kinds: OptionSet, Sendable {
    let rawValue: Int
    /// Sums and differences.
    static let sums = Kinds(rawValue: 1)
    /// Concatenations, splits and selections.
    static let parts = Kinds(rawValue: 2)
    /// Operators that take in what stands beside them.
    static let identities = Kinds(rawValue: 4)
    /// Half precision that holds one of several shifts, and weights that operators share.
    static let tight = Kinds(rawValue: 8)
    static let all: Kinds = [.sums, .parts, .identities]
  }

  private let kinds: Kinds
  private let mapLimit: Int
  private var weights: [[Int]: ConstantID] = [:]

  init(seed: UInt64, operators: Int, kinds: Kinds = .all, maps mapLimit: Int = 8) {
    generator = SeededGenerator(seed: seed)
    self.kinds = kinds
    self.mapLimit = mapLimit
    builder.storage = kinds.contains(.tight) ? .float16 : .float64
    for index in 0..<Int.random(in: 1...2, using: &generator) {
      let channels = Bool.random(using: &generator) ? 2 : 4
      let value = builder.value("x\(index)")
      inputs[value] = channels
      pool.append((value, channels))
    }
    for _ in 0..<operators { grow() }
    for index in builder.graph.values.indices {
      let isRead = builder.graph.values[index].readerCount > 0
      if !isRead || chance(0.05) { builder.pin(ValueID(index), isRead && chance(0.5) ? .kept : .graphOutput) }
    }
  }

  // MARK: - Choices

  private mutating func chance(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &generator) < probability
  }

  private mutating func name(_ kind: String) -> String {
    count += 1
    return "\(kind)\(count)"
  }

  /// A value, mostly the newest that nothing reads yet.
  ///
  /// - Parameter other: A value that it must not be.
  private mutating func pick(channels: Int? = nil, besides other: ValueID? = nil) -> (value: ValueID, channels: Int)? {
    let fitting = pool.filter { (channels == nil || $0.channels == channels) && $0.value != other }
    let unread = fitting.filter { builder.graph[$0.value].readerCount == 0 }
    if let last = unread.last, chance(0.75) { return last }
    return (chance(0.6) && !unread.isEmpty ? unread : fitting).randomElement(using: &generator)
  }

  private mutating func numbers(_ channels: Int, _ range: ClosedRange<Double>) -> [Double] {
    (0..<channels).map { _ in Double.random(in: range, using: &generator) }
  }

  // MARK: - Operators

  private mutating func grow() {
    guard let (input, channels) = pick() else { return }
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<5: addLinear(input, channels)
    case 5..<10: addMap(input, channels)
    case 10..<12: addCarrier(input, channels)
    case 12..<15 where kinds.contains(.sums): addSum(input, channels)
    case 15..<17 where kinds.contains(.parts): addParts(input, channels)
    case 17: pool.append((builder.opaque(input, name("r")), channels))
    case 18 where kinds.contains(.identities): addParallel(input, channels)
    default: addMap(input, channels)
    }
  }

  private mutating func addLinear(_ input: ValueID, _ channels: Int, to outputs: Int? = nil, hasIdentity: Bool = false)
  {
    let outputs = outputs ?? (chance(0.5) ? 2 : 4)
    let obstacle = DeclineReason(.paddingWithShift, "it has a border")
    let rule: LinearInput.ShiftRule? = chance(0.6) ? .passes : chance(0.6) ? .declines(obstacle) : nil
    let (hasBias, hasSlot) = (chance(0.5), chance(0.7))
    let bias = hasBias ? numbers(outputs, -1...1) : nil
    let shared = kinds.contains(.tight) && chance(0.3) ? weights[[channels, outputs]] : nil
    if let shared { builder.share(shared) }
    let value = builder.mixer(
      input, name("c"), from: channels, to: outputs, weight: numbers(channels * outputs, -1...1), bias: bias,
      hasSlot: hasSlot, shiftRule: rule, hasIdentity: hasIdentity, sharing: shared)
    if let id = builder.graph.values[value.index].producer, let linear = builder.graph[id].linear {
      weights[[channels, outputs]] = linear.weight
    }
    pool.append((value, outputs))
  }

  private mutating func addMap(_ input: ValueID, _ channels: Int) {
    guard maps < mapLimit else { return addLinear(input, channels) }
    maps += 1
    if chance(0.75) {
      let signs = chance(0.8) ? numbers(channels, 0.5...2) : numbers(channels, -2 ... -0.5)
      let shift = kinds.contains(.tight) && chance(0.7) ? 40_000.0 : 1
      let norm = NormNumbers(
        gamma: signs, beta: numbers(channels, -shift...shift), mean: numbers(channels, -1...1),
        variance: numbers(channels, 0.5...2), epsilon: 0.125)
      let refusal = chance(0.04) ? DeclineReason(.excluded, "left out") : nil
      pool.append((builder.norm(input, name("n"), norm, refusal: refusal), channels))
    } else {
      let operation: ConstantAffine.Operation = chance(0.5) ? .addition : .multiplication
      let values = numbers(channels, 0.5...2)
      pool.append((builder.affine(operation, input, name("k"), values), channels))
    }
  }

  private mutating func addCarrier(_ input: ValueID, _ channels: Int) {
    let name = name("t")
    let obstacle = DeclineReason(.paddingWithShift, "it counts a border")
    let value =
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: builder.identity(input, name)
      case 1: builder.carrier(.sameAxes, input, name, mixing: [2, 3])
      case 2: builder.carrier(.sameAxes, input, name, mixing: [2, 3], shiftObstacle: obstacle)
      default: builder.carrier(.sameAxes, input, name, mixing: [2, 3], scales: .positive)
      }
    pool.append((value, channels))
  }

  private mutating func addSum(_ input: ValueID, _ channels: Int) {
    guard let other = pick(channels: channels, besides: input) else { return }
    let shape: [Dimension] = [.size(1), .size(channels), .size(1), .unknown]
    let value = builder.sum(
      [input, other.value], name("s"), shapes: [shape, shape], isDifference: chance(0.25))
    pool.append((value, channels))
  }

  /// A sum of an operator that keeps its channels and a norm of the same value.
  private mutating func addParallel(_ input: ValueID, _ channels: Int) {
    guard maps < mapLimit else { return }
    addLinear(input, channels, to: channels, hasIdentity: true)
    let linear = pool[pool.count - 1].value
    addMap(input, channels)
    let map = pool[pool.count - 1].value
    let shape: [Dimension] = [.size(1), .size(channels), .size(1), .unknown]
    let value = builder.sum(chance(0.5) ? [linear, map] : [map, linear], name("s"), shapes: [shape, shape])
    pool.append((value, channels))
  }

  private mutating func addParts(_ input: ValueID, _ channels: Int) {
    if channels == 2 {
      guard let other = pick(channels: 2, besides: input) else { return }
      pool.append((builder.concat([input, other.value], name("j"), counts: [2, 2]), 4))
    } else if chance(0.5) {
      let names = [name("p"), name("q")]
      for value in builder.split(input, names, counts: [2, 2]) { pool.append((value, 2)) }
    } else {
      let positions = chance(0.5) ? [3, 0] : [1, 2]
      pool.append((builder.carrier(.selection(axis: 1, positions: positions, count: 4), input, name("t")), 2))
    }
  }
}
