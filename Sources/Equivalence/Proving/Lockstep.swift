/// Leads two models through the same inputs, side by side, and compares every value that both make.
///
/// Each model runs in float64 and in its own types. A value is held only from where the one makes it to where the
/// other does.
struct Lockstep<Model: Evaluator> {
  /// One model in both precisions.
  private struct Pair {
    var wide: Model.Run
    var own: Model.Run
    /// The same nodes with exact parameters.
    var exact: Model.Run?
    var unexecuted: [UnexecutedNode] = []

    init(_ model: Model, exact: Model? = nil, _ inputs: [String: Value]) throws {
      wide = try model.start(with: inputs, precision: .float64)
      own = try model.start(with: inputs, precision: .own)
      self.exact = try exact?.start(with: inputs, precision: .float64)
    }

    /// Executes the next node in all; nil where none is left.
    mutating func step() throws -> [Made]? {
      guard let wideStep = try wide.step() else { return nil }
      let ownStep = try own.step()
      // A node whose result is replaced is not there.
      let exactStep = exact?.nextOutputs == wide.lastOutputs ? try exact?.step() : nil
      if let failure = wideStep.failure ?? ownStep?.failure { unexecuted.append(failure) }
      return wideStep.values.map { name, value in
        func made(by step: EvaluationStep?) -> Value? { step?.values.first { $0.name == name }?.value }
        return Made(name: name, wide: value, own: made(by: ownStep), exact: made(by: exactStep))
      }
    }
  }

  /// A value as a node made it in each run.
  private struct Made {
    let name: String
    let wide: Value
    let own: Value?
    var exact: Value?
  }

  /// What both models gave at their end, by precision.
  struct Ends {
    var original: [Precision: [Value?]] = [:]
    var candidate: [Precision: [Value?]] = [:]
    var unexecuted: [UnexecutedNode] = []
  }

  private let original: Model
  private let candidate: Model
  private let exact: Model?
  private let moved: ((Int) throws -> Model)?
  /// The original's name of each value that both make, by the candidate's.
  private let shared: [String: String]
  private let scaled: [String: ScaledValue]
  private var measurements: [String: DriftMeasurement] = [:]
  private var exactMeasurements: [String: ExactMeasurement] = [:]
  private var depths: [String: Int] = [:]
  private var pieces: PieceProof<Model>

  init(_ original: Model, _ aligned: AlignedCandidate<Model>) {
    self.original = original
    candidate = aligned.model
    exact = aligned.exact
    moved = aligned.moved
    pieces = PieceProof(original, aligned)
    scaled = aligned.scaled
    let renamed = aligned.renamed.merging(aligned.scaled.mapValues(\.name)) { _, name in name }
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
    var typical = TypicalError()
    return original.valueNames.compactMap { name in
      measurements[name].map { measurement in
        let scales = measurement.scales(with: (sources[name] ?? []).compactMap { measurements[$0] })
        let yardsticks = typical.yardsticks(of: measurement, scales: scales)
        return measurement.concluded(yardsticks: yardsticks)
      }
    }
  }

  /// What the candidate with exact parameters gave; nil without one.
  var unrounded: UnroundedAgreement? {
    guard exact != nil else { return nil }
    let sources = original.valueSources
    var result = UnroundedAgreement()
    for name in original.valueNames {
      guard let measurement = exactMeasurements[name] else { continue }
      result.add(name, measurement.share(with: (sources[name] ?? []).compactMap { exactMeasurements[$0] }))
    }
    return result
  }

  /// Each fold by itself; those that the runs did not reach run on activations made of a seed.
  func foldLocal(seed: UInt64) throws -> [FoldDrift] { try pieces.drifts(seed: seed) }

  /// Runs both models on one set of inputs.
  ///
  /// - Parameter progress: Called with 1 after each of the original's nodes; what it throws ends the run.
  mutating func run(_ inputs: [String: Value], progress: (_ nodes: Int) throws -> Void = { _ in }) throws -> Ends {
    var leader = try Pair(original, inputs)
    var follower = try Pair(candidate, exact: exact, inputs)
    let wanted = Set(shared.values)
    var made: Set<String> = []
    var pending: [String: Made] = [:]
    var isLeading = true
    pieces.begin(with: inputs)
    while isLeading {
      if let values = try leader.step() {
        for value in values {
          if wanted.contains(value.name) { pending[value.name] = value }
          try pieces.take(value.name, wide: value.wide, own: value.own)
        }
        made.formUnion(leader.wide.lastOutputs)
        try progress(1)
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

  /// How many times a candidate's parameters are moved to see what its last places may do.
  private static var draws: Int { 8 }

  /// Looks closer where a value is farther off than the original's rounding tells: by how much it moves with the last
  /// places of what the candidate stores.
  ///
  /// A few elements, as those of a saturated activation that are not saturated, may have nearly all of a value's error.
  /// The original's is a draw then, and may be small by luck.
  ///
  /// - Parameter progress: Called with 0 after each node; what it throws ends the run.
  mutating func lookCloser(_ inputs: [String: Value], progress: (_ nodes: Int) throws -> Void = { _ in }) throws {
    guard let moved else { return }
    for draw in 0..<Self.draws {
      guard drifts.contains(where: { !$0.isWithinLimit && $0.share != nil }) else { return }
      var stored = try candidate.start(with: inputs, precision: .float64)
      var other = try moved(draw).start(with: inputs, precision: .float64)
      while let step = try stored.step() {
        try progress(0)
        // A node whose result is replaced is not there.
        guard other.nextOutputs == stored.lastOutputs, let movedStep = try other.step() else { continue }
        for (value, second) in zip(step.values, movedStep.values) {
          guard let name = shared[value.name], let tensor = value.value.tensor, let other = second.value.tensor else {
            continue
          }
          measurements[name]?.note(moved: other, from: tensor)
        }
      }
    }
  }

  private mutating func compare(_ value: Made, with pending: inout [String: Made]) {
    guard let old = shared[value.name], let expected = pending.removeValue(forKey: old),
      let truth = mapped(expected.wide, of: old), let own = mapped(expected.own, of: old), let wide = value.wide.tensor
    else { return }
    var measurement =
      measurements[old]
      ?? DriftMeasurement(name: old, candidateName: value.name, depth: depths[old] ?? 0, like: truth)
    measurements[old] = nil
    measurement.add(truth: truth, own: own, candidateOwn: value.own?.tensor, candidateWide: wide)
    measurements[old] = measurement
    if exact != nil, truth.kind.isReal { exactMeasurements[old, default: .init()].add(truth, value.exact?.tensor) }
  }

  /// What the candidate should have for a value of the original.
  private func mapped(_ value: Value?, of name: String) -> Tensor? {
    guard let tensor = value?.tensor else { return nil }
    return scaled[name].map { $0.mapped(tensor) } ?? tensor
  }
}
