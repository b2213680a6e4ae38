/// Leads two models through the same inputs, side by side, and compares every value that both make.
///
/// Each model runs in float64 and in its own types. A value is held only from where the one makes it to where the
/// other does.
struct Lockstep<Model: Evaluator> {
  /// One model in both precisions.
  private struct Pair {
    var wide: Model.Run
    var own: Model.Run
    var unexecuted: [UnexecutedNode] = []

    init(_ model: Model, _ inputs: [String: Value]) throws {
      wide = try model.start(with: inputs, precision: .float64)
      own = try model.start(with: inputs, precision: .own)
    }

    /// Executes the next node in both; nil where none is left.
    mutating func step() throws -> [(name: String, wide: Value, own: Value?)]? {
      guard let wideStep = try wide.step() else { return nil }
      let ownStep = try own.step()
      if let failure = wideStep.failure ?? ownStep?.failure { unexecuted.append(failure) }
      return wideStep.values.map { name, value in
        (name, value, ownStep?.values.first { $0.name == name }?.value)
      }
    }
  }

  /// What both models gave at their end, by precision.
  struct Ends {
    var original: [Precision: [Value?]] = [:]
    var candidate: [Precision: [Value?]] = [:]
    var unexecuted: [UnexecutedNode] = []
  }

  private let original: Model
  private let candidate: Model
  /// The original's name of each value that both make, by the candidate's.
  private let shared: [String: String]
  private var measurements: [String: DriftMeasurement] = [:]
  private var depths: [String: Int] = [:]

  /// - Parameter renamed: The candidate's name of a value, by the original's, where it is another one.
  init(_ original: Model, _ candidate: Model, renamed: [String: String] = [:]) {
    self.original = original
    self.candidate = candidate
    let made = Set(original.valueNames)
    let back = Dictionary(renamed.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var shared: [String: String] = [:]
    for name in candidate.valueNames {
      let old = back[name] ?? name
      if made.contains(old), renamed[old] == nil || renamed[old] == name { shared[name] = old }
    }
    self.shared = shared
    for (depth, name) in original.valueNames.enumerated() { depths[name] = depth }
  }

  /// The drifts, in the order in which the original makes its values.
  ///
  /// A value of few elements is expected to be as far off as the values before it.
  var drifts: [ValueDrift] {
    let sources = original.valueSources
    var recent: [Double] = []
    return measurements.sorted { (depths[$0.key] ?? 0, $0.key) < (depths[$1.key] ?? 0, $1.key) }.map {
      name, measurement in
      let read = (sources[name] ?? []).compactMap { measurements[$0] }
      let scales = measurement.scales(with: read)
      let own = measurement.relativeError(scales: scales)
      let drift = measurement.concluded(expecting: own ?? recent.max() ?? 0, scales: scales)
      if let own { recent = recent.suffix(Self.recentCount - 1) + [own] }
      return drift
    }
  }

  /// How many values before one tell what it may be off by.
  private static var recentCount: Int { 9 }

  /// Runs both models on one set of inputs.
  mutating func run(_ inputs: [String: Value]) throws -> Ends {
    var leader = try Pair(original, inputs)
    var follower = try Pair(candidate, inputs)
    let wanted = Set(shared.values)
    var made: Set<String> = []
    var pending: [String: (wide: Value, own: Value?)] = [:]
    var isLeading = true
    while isLeading {
      if let values = try leader.step() {
        for value in values where wanted.contains(value.name) { pending[value.name] = (value.wide, value.own) }
        made.formUnion(leader.wide.lastOutputs)
      } else {
        isLeading = false
      }
      // The follower may go on as long as what it makes can be compared at once.
      while let next = follower.wide.nextOutputs,
        !isLeading || next.allSatisfy({ shared[$0].map(made.contains) ?? true })
      {
        guard let values = try follower.step() else { break }
        for value in values { compare(value, with: &pending) }
      }
    }
    return Ends(
      original: [.own: leader.own.takeOutputs(), .float64: leader.wide.takeOutputs()],
      candidate: [.own: follower.own.takeOutputs(), .float64: follower.wide.takeOutputs()],
      unexecuted: leader.unexecuted + follower.unexecuted)
  }

  private mutating func compare(
    _ value: (name: String, wide: Value, own: Value?), with pending: inout [String: (wide: Value, own: Value?)]
  ) {
    guard let old = shared[value.name], let expected = pending.removeValue(forKey: old),
      let truth = expected.wide.tensor, let own = expected.own?.tensor, let wide = value.wide.tensor
    else { return }
    var measurement =
      measurements[old]
      ?? DriftMeasurement(name: old, candidateName: value.name, depth: depths[old] ?? 0, like: truth)
    measurement.add(truth: truth, own: own, candidateOwn: value.own?.tensor, candidateWide: wide)
    measurements[old] = measurement
  }
}
