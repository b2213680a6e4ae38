import Tensors

/// Leads two models through the same inputs, side by side, and compares every value that both make.
///
/// Each model runs in float64 and in its own types, the candidate with exact parameters in float64 only. The original's
/// runs and the exact one belong to one thread, the candidate's and each fold by itself to another one.
struct Lockstep<Model: Evaluator> {
  /// What both models gave at their end, by precision.
  struct Ends {
    var original: [Precision: [Value?]] = [:]
    var candidate: [Precision: [Value?]] = [:]
    var unexecuted: [UnexecutedNode] = []
    /// How many nodes were not executed of the model of which more were not.
    var missing = 0
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

  /// Whether an output is made of the inputs by both models, so that its drift is measured.
  func compares(_ output: String) -> Bool { shared[output] == output }

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
      if let measurement = exactMeasurements[name] {
        result.add(name, measurement.share(with: (sources[name] ?? []).compactMap { exactMeasurements[$0] }))
      } else if measurements[name]?.isReal == true {
        // What was not made is infinitely far off.
        result.add(name, .infinity)
      }
    }
    return result
  }

  /// Each fold by itself; those that the runs did not reach run on activations made of a seed.
  func foldLocal(seed: UInt64) throws -> [FoldDrift] { try pieces.drifts(seed: seed) }

  /// How many nodes the original may be ahead of the candidate.
  private static var lead: Int { 4 }

  /// Runs both models on one set of inputs.
  ///
  /// - Parameter progress: Called with 1 after each of the original's nodes, on this thread; what it throws ends the
  ///   run.
  mutating func run(_ inputs: [String: Value], progress: (_ nodes: Int) throws -> Void = { _ in }) throws -> Ends {
    var leader = try RunPair(original, inputs)
    var follower = Follower(try RunPair(candidate, inputs), shared)
    var exact = try exact.map { Follower(try RunPair($0, inputs, in: [.float64]), shared) }
    // Each thread has what it changes for itself.
    var (pieces, measurements, exactMeasurements) = (pieces, measurements, exactMeasurements)
    pieces.begin(with: inputs)
    // What the second thread compares by; nothing of it changes while it does.
    let limits = self
    func lead(handing: (RunPair<Model>.Step?) throws -> Bool) throws {
      while let step = try leader.step() {
        guard try handing(step) else { return }
        try exact?.follow(step) { truth, value in try compareExact(value, with: truth, &exactMeasurements) }
        try progress(1)
      }
      _ = try handing(nil)
      try exact?.follow(nil) { truth, value in try compareExact(value, with: truth, &exactMeasurements) }
    }
    func take(_ step: RunPair<Model>.Step?) throws {
      for value in step?.values ?? [] { try pieces.take(value.name, wide: value.wide, own: value.own) }
      try follower.follow(step) { expected, value in try limits.compare(value, with: expected, &measurements) }
    }
    if SystemThreads.areAvailable {
      let conveyor = Conveyor<RunPair<Model>.Step?>(capacity: Self.lead)
      try concurrently {
        defer { conveyor.close() }
        try lead { conveyor.put($0) }
      } _: {
        defer { conveyor.close() }
        while let step = conveyor.take() { try take(step) }
      }
    } else {
      try lead { step in
        try take(step)
        return true
      }
    }
    (self.pieces, self.measurements, self.exactMeasurements) = (pieces, measurements, exactMeasurements)
    return Ends(
      original: try leader.takeOutputs(), candidate: try follower.takeOutputs(),
      unexecuted: leader.unexecuted + follower.runs.unexecuted,
      missing: max(leader.unexecuted.count, follower.runs.unexecuted.count))
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

  private typealias Made = RunPair<Model>.Made

  private func compare(_ value: Made, with expected: Made, _ measurements: inout [String: DriftMeasurement]) throws {
    let old = expected.name
    guard let truth = try mapped(expected.wide, of: old), let own = try mapped(expected.own, of: old),
      let wide = value.wide.tensor
    else { return }
    // Taken out, so that it is the only holder of its numbers.
    var measurement =
      measurements.removeValue(forKey: old)
      ?? DriftMeasurement(
        name: old, candidateName: value.name, depth: depths[old] ?? 0, like: truth,
        channelAxis: original.channelAxis(of: old))
    measurement.add(truth: truth, own: own, candidateOwn: value.own?.tensor, candidateWide: wide)
    measurements[old] = measurement
  }

  private func compareExact(_ value: Made, with truth: Made, _ measurements: inout [String: ExactMeasurement]) throws {
    guard let tensor = try mapped(truth.wide, of: truth.name), tensor.kind.isReal else { return }
    measurements[truth.name, default: .init()].add(tensor, value.wide.tensor)
  }

  /// What the candidate should have for a value of the original.
  private func mapped(_ value: Value?, of name: String) throws -> Tensor? {
    guard let tensor = value?.tensor else { return nil }
    return try scaled[name].map { try $0.mapped(tensor) } ?? tensor
  }
}
