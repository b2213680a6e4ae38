import Tensors

/// Runs each fold's part of two models by itself on the same activations.
struct PieceProof<Model: Evaluator> {
  private let original: Model
  private let candidate: Model
  private let pieces: [FoldPiece]
  private let makeMoved: ((_ seed: Int) throws -> Model)?
  private var moved: Model?
  /// The pieces that end in a value, and how many begin with one, by the original's names.
  private var ending: [String: [Int]] = [:]
  private var beginning: [String: Int] = [:]
  /// The activations of pieces that have not ended yet, with how many those are.
  private var held: [String: (wide: Value, own: Value, left: Int)] = [:]
  private var measurements: [DriftMeasurement?]

  init(_ original: Model, _ aligned: AlignedCandidate<Model>) {
    self.original = original
    candidate = aligned.model
    pieces = aligned.pieces
    makeMoved = aligned.moved
    measurements = Array(repeating: nil, count: pieces.count)
    for (index, piece) in pieces.enumerated() {
      ending[piece.originalValue, default: []].append(index)
      beginning[piece.originalActivation, default: 0] += 1
    }
  }

  /// Begins a run.
  mutating func begin(with inputs: [String: Value]) {
    held = [:]
    for (name, value) in inputs { hold(name, wide: value, own: value) }
  }

  private mutating func hold(_ name: String, wide: Value, own: Value) {
    if let count = beginning[name] { held[name] = (wide, own, count) }
  }

  /// Takes a value of the original's run, and runs the candidate's part of each piece that ends in it.
  mutating func take(_ name: String, wide: Value, own: Value?) throws {
    guard let own else { return }
    hold(name, wide: wide, own: own)
    for index in ending[name] ?? [] {
      let piece = pieces[index]
      guard let activation = held[piece.originalActivation], let truth = wide.tensor, let expected = own.tensor else {
        continue
      }
      held[piece.originalActivation]?.left -= 1
      if activation.left == 1 { held[piece.originalActivation] = nil }
      try compare(index, wide: activation.wide, own: activation.own, truth: truth, expected: expected)
    }
  }

  /// Runs the candidate's part of a piece, and compares it with what the original made.
  ///
  /// A piece that cannot be run is left out.
  private mutating func compare(_ index: Int, wide: Value, own: Value, truth: Tensor, expected: Tensor) throws {
    let piece = pieces[index]
    guard let fused = try piece.run(in: candidate, on: wide, .float64) else { return }
    let fusedOwn = try piece.run(in: candidate, on: own, .own)
    var measurement =
      measurements[index]
      ?? DriftMeasurement(
        name: piece.originalValue, candidateName: piece.candidateValue, depth: index, like: truth,
        channelAxis: original.channelAxis(of: piece.originalValue))
    measurement.add(truth: truth, own: expected, candidateOwn: fusedOwn, candidateWide: fused)
    if measurement.isFar, let moved = try movedCandidate(), let other = try piece.run(in: moved, on: wide, .float64) {
      measurement.note(moved: other, from: fused)
    }
    measurements[index] = measurement
  }

  /// What was found of each piece; those that were not reached run on activations made of a seed.
  func drifts(seed: UInt64) throws -> [FoldDrift] {
    var all = self
    var seeded: Set<Int> = []
    for index in pieces.indices where measurements[index] == nil {
      try all.runSeeded(index, seed: seed)
      seeded.insert(index)
    }
    var typical = TypicalError()
    return pieces.indices.compactMap { index in
      all.measurements[index].map { measurement in
        let yardsticks = typical.yardsticks(of: measurement, scales: measurement.magnitudes)
        let drift = measurement.concluded(yardsticks: yardsticks)
        return FoldDrift(seeded.contains(index) ? .seeded : .run, drift)
      }
    }
  }

  /// The candidate with all that it stores for folds moved in the last place.
  private mutating func movedCandidate() throws -> Model? {
    if moved == nil { moved = try makeMoved?(0) }
    return moved
  }

  private mutating func runSeeded(_ index: Int, seed: UInt64) throws {
    let piece = pieces[index]
    let input = InputDescription(
      name: piece.originalActivation, kind: piece.kind, shape: piece.likelyShape, hasDefault: false)
    guard let activation = try RandomInputs(seed: seed).values(for: [input])[input.name] else { return }
    func made(_ precision: Precision) throws -> Tensor? {
      try original.part(from: piece.originalActivation, activation, to: piece.originalValue, precision)
    }
    guard let truth = try made(.float64), let expected = try made(.own) else { return }
    try compare(index, wide: activation, own: activation, truth: truth, expected: expected)
  }
}

extension FoldPiece {
  /// Runs the candidate's part; nil where that cannot be.
  fileprivate func run<Model: Evaluator>(
    in candidate: Model, on activation: Value, _ precision: Precision
  ) throws -> Tensor? {
    try candidate.part(from: candidateActivation, activation, to: candidateValue, precision)
  }
}

extension Evaluator {
  /// Runs a part of the model; nil where that cannot be, as where it is made of other values too.
  fileprivate func part(
    from name: String, _ activation: Value, to output: String, _ precision: Precision
  ) throws -> Tensor? {
    do {
      return try evaluate(from: [name: activation], to: output, precision: precision)
    } catch let error as EvaluationError where error.code == .unsuitableInput {
      return nil
    }
  }
}
