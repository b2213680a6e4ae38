/// Runs each fold's part of two models by itself on the same activations.
struct PieceProof<Model: Evaluator> {
  private let original: Model
  private let candidate: Model
  private let pieces: [FoldPiece]
  private let makeMoved: (() throws -> Model)?
  private var moved: Model?
  /// The pieces that end in a value, and how many begin with one, by the original's names.
  private var ending: [String: [Int]] = [:]
  private var beginning: [String: Int] = [:]
  /// The activations of pieces that have not ended yet, with how many those are.
  private var held: [String: (wide: Value, own: Value, left: Int)] = [:]
  private var measurements: [DriftMeasurement?]
  /// The largest magnitude of each piece's activation.
  private var inputs: [Double]

  init(_ original: Model, _ aligned: AlignedCandidate<Model>) {
    self.original = original
    candidate = aligned.model
    pieces = aligned.pieces
    makeMoved = aligned.moved
    measurements = Array(repeating: nil, count: pieces.count)
    inputs = Array(repeating: 0, count: pieces.count)
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
      note(activation.wide, index)
      held[piece.originalActivation]?.left -= 1
      if activation.left == 1 { held[piece.originalActivation] = nil }
      guard let fused = try run(piece, of: candidate, activation.wide, .float64) else { continue }
      let fusedOwn = try run(piece, of: candidate, activation.own, .own)
      try add(index, activation.wide, truth: truth, own: expected, fused: fused, fusedOwn: fusedOwn)
    }
  }

  private mutating func note(_ activation: Value, _ index: Int) {
    guard let numbers = activation.tensor?.doubles else { return }
    let largest = numbers.span.largestMagnitude
    if largest.isFinite { inputs[index] = max(inputs[index], largest) }
  }

  private func run(
    _ piece: FoldPiece, of model: Model, isOriginal: Bool = false, _ activation: Value, _ precision: Precision
  )
    throws -> Tensor?
  {
    let name = isOriginal ? piece.originalActivation : piece.candidateActivation
    return try model.evaluate(
      from: [name: activation], to: isOriginal ? piece.originalValue : piece.candidateValue, precision: precision)
  }

  private mutating func add(
    _ index: Int, _ activation: Value, truth: Tensor, own: Tensor, fused: Tensor, fusedOwn: Tensor?
  ) throws {
    let piece = pieces[index]
    var measurement =
      measurements[index]
      ?? DriftMeasurement(name: piece.originalValue, candidateName: piece.candidateValue, depth: index, like: truth)
    measurement.add(truth: truth, own: own, candidateOwn: fusedOwn, candidateWide: fused)
    measurement.note(sumsOf: terms(index))
    if measurement.isFar(fused, own, from: truth), let moved = try movedCandidate() {
      try run(piece, of: moved, activation, .float64).map { measurement.note(moved: $0, from: fused) }
    }
    measurements[index] = measurement
  }

  /// The size of what each channel of a piece's value is a sum of.
  private func terms(_ index: Int) -> [Double] { pieces[index].weightNorms.map { $0 * inputs[index] } }

  /// The same by the original's name of the value.
  var terms: [String: [Double]] {
    Dictionary(pieces.indices.map { (pieces[$0].originalValue, terms($0)) }, uniquingKeysWith: { first, _ in first })
  }

  /// What was found of each piece; those that were not reached run on activations made of a seed.
  ///
  /// A piece that cannot be run is left out.
  func drifts(seed: UInt64) throws -> [FoldDrift] {
    var all = self
    var seeded: Set<Int> = []
    for index in pieces.indices where measurements[index] == nil {
      try all.runSeeded(index, seed: seed)
      seeded.insert(index)
    }
    var (near, far) = (TypicalError(poolsConstants: false), TypicalError(poolsConstants: true))
    return pieces.indices.compactMap { index in
      all.measurements[index].map { measurement in
        let yardsticks = near.yardsticks(of: measurement, scales: measurement.magnitudes)
        let farther = far.yardsticks(of: measurement, scales: measurement.scales(with: []))
        let drift = measurement.concluded { precision in
          let multiple = ValueDrift.multiple(in: precision)
          return switch precision {
          case .own: farther.map { multiple * $0 }
          case .float64: yardsticks.indices.map { multiple * yardsticks[$0] + measurement.lastPlace(ofChannel: $0) }
          }
        }
        return FoldDrift(seeded.contains(index) ? .seeded : .run, drift)
      }
    }
  }

  /// The candidate with all that it stores for folds moved in the last place.
  private mutating func movedCandidate() throws -> Model? {
    if moved == nil { moved = try makeMoved?() }
    return moved
  }

  private mutating func runSeeded(_ index: Int, seed: UInt64) throws {
    let piece = pieces[index]
    let input = InputDescription(
      name: piece.originalActivation, kind: piece.kind, shape: piece.likelyShape, hasDefault: false)
    guard let activation = try RandomInputs(seed: seed).values(for: [input])[input.name],
      let truth = try run(piece, of: original, isOriginal: true, activation, .float64),
      let own = try run(piece, of: original, isOriginal: true, activation, .own),
      let fused = try run(piece, of: candidate, activation, .float64)
    else { return }
    note(activation, index)
    let fusedOwn = try run(piece, of: candidate, activation, .own)
    try add(index, activation, truth: truth, own: own, fused: fused, fusedOwn: fusedOwn)
  }
}
