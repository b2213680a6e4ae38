public import Equivalence
public import FusionReport
import ModelGraph
import ONNXAlignment
import ONNXEvaluation
import ONNXModel
public import ProtobufIO
import RecordedData
public import Tensors

/// A model that can be run.
///
/// ```swift
/// let model = try ModelEvaluator(at: "digits.onnx")
/// let outputs = try model.run(["image": Tensor(shape: [1, 1, 8, 8], pixels)])
/// ```
///
/// Weights stay in the file and are read layer by layer, each time that the model runs. It belongs to one thread.
public struct ModelEvaluator {
  /// The file as it was named.
  public let path: FilePath

  private let document: ONNXDocument
  private let graph: Graph
  private let files: ConfinedFiles
  private let evaluator: ONNXEvaluator
  private let options: EvaluationOptions
  private let budget: RunBudget

  /// Opens a model.
  ///
  /// - Parameter path: A file, or `-` for standard input.
  /// - Throws: `ModelFileError` for a file that cannot be read, `EvaluationError` for a graph that cannot be run.
  public init(at path: FilePath, options: EvaluationOptions = EvaluationOptions()) throws {
    let source = try FileSource.model(at: path, limit: Model.sizeLimit)
    let files = try ConfinedFiles(for: source, extraRoots: options.externalRoots)
    try self.init(ONNXDocument(source, externalFiles: files).imported(), files, path: path, options)
  }

  /// A model that is open already, with the files that it reads.
  init(_ model: ImportedModel, _ files: ConfinedFiles, path: FilePath, _ options: EvaluationOptions) throws {
    self.path = path
    (document, graph) = (model.document, model.graph)
    self.files = files
    self.options = options
    budget = RunBudget(
      options.limits, available: FreeMemory().bytes / 2,
      modelBytes: document.allTensors().reduce(0) { $0.addingClamped($1.byteCount) })
    do {
      evaluator = try ONNXEvaluator(
        graph, threads: options.threads, assumesInference: options.assumesInference, budget: budget)
    } catch let error as EvaluationError {
      throw error.located(at: path.description)
    }
  }

  /// What the model takes, in order.
  public var inputs: [InputDescription] { evaluator.inputs }

  /// The names of what the model gives, in order.
  public var outputs: [String] { evaluator.outputs }

  /// The number of nodes of the main graph, without constants.
  public var nodeCount: Int { evaluator.nodeCount }

  /// Runs the model on tensors, by name.
  ///
  /// - Returns: The outputs that are tensors, by name.
  /// - Throws: `EvaluationError` where an input does not fit or an operator cannot be executed.
  public func run(_ inputs: [String: Tensor], precision: Precision = .own) throws -> [String: Tensor] {
    let evaluation = try evaluate(inputs.mapValues { .tensor($0) }, precision: precision)
    if let failure = evaluation.unexecuted.first {
      throw EvaluationError(.notExecuted, "\(failure.operator) '\(failure.node)': \(failure.reason)")
    }
    let tensors = zip(outputs, evaluation.outputs).compactMap { name, value in value?.tensor.map { (name, $0) } }
    return Dictionary(tensors, uniquingKeysWith: { first, _ in first })
  }

  /// Runs the model as far as it can be run.
  ///
  /// - Throws: `EvaluationError` where an input does not fit.
  public func evaluate(_ inputs: [String: Value], precision: Precision = .own) throws -> Evaluation {
    begin(with: inputs)
    return try located { try evaluator.evaluate(inputs, precision: precision) }
  }

  /// Begins to count what is used on one set of inputs.
  private func begin(with inputs: [String: Value]) {
    begin(elements: inputs.values.reduce(0) { $0.addingClamped($1.elementCount) })
  }

  private func begin(elements: Int, areMade: Bool = false) {
    budget.begin(inputBytes: elements.multipliedClamped(by: 4), areMade: areMade)
  }

  /// Says of this model what goes wrong with it.
  private func located<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as EvaluationError {
      throw error.located(at: path.description)
    }
  }

  /// The values recorded in a folder: `input_0.pb` …, `output_0.pb` …, or the same as `.npy`.
  ///
  /// - Returns: The inputs by name, and the outputs in the model's order, nil for each that was not recorded.
  /// - Throws: `ModelFileError` where a value cannot be read or an input is missing.
  public func recordedData(in folder: FilePath) throws -> (inputs: [String: Value], outputs: [Value?]) {
    let data = RecordedDataSet(folder: folder)
    let taken = zip(inputs, document.graph.inputs).map { input, info in
      RecordedSlot(name: input.name, kind: info.kind, hasDefault: input.hasDefault)
    }
    let given = document.graph.outputs.map { RecordedSlot(name: $0.name.description, kind: $0.kind) }
    return (try data.inputs(taken), try data.outputs(given))
  }

  /// Runs the model on recorded inputs and compares its outputs with the recorded ones.
  ///
  /// - Parameter options: Names the folder: one with `input_0.pb` …, or one of `test_data_set_0` ….
  /// - Throws: `ModelFileError` where a recorded value cannot be read, `EvaluationError` where it does not fit.
  public func check(_ options: CheckOptions) throws -> CheckReport {
    var comparison = ModelComparison<ONNXEvaluator>(
      tolerance: options.tolerance ?? .recorded, precisions: options.precisions, runsPerSet: options.runs)
    do {
      for folder in try dataFolders(options) {
        let data = try recorded(folder)
        begin(with: data.inputs)
        try located { try comparison.add(evaluator, data) }
      }
    } catch let error as EvaluationError where error.code == .limitReached {
      comparison.end(at: error, nodes: nodeCount)
    }
    return try report(candidate: nil, comparison)
  }

  /// Compares this model with another: what they store, and on the same inputs every value that both make.
  ///
  /// - Parameter progress: Called as nodes are executed. What it throws ends the check, which so can be cancelled:
  ///   `try Task.checkCancellation()`.
  /// - Throws: `ModelFileError` where a file cannot be read, `EvaluationError` where inputs do not fit, and what
  ///   `progress` throws.
  public func check(
    candidate: ModelEvaluator, _ options: CheckOptions = CheckOptions(),
    progress: (CheckProgress) throws -> Void = { _ in }
  ) throws -> CheckReport {
    try check(candidate: candidate, options, limit: options.maxUlp, scaled: nil, progress: progress)
  }

  /// - Parameters:
  ///   - limit: How many units in the last place a stored element of a fold may be off.
  ///   - scaled: Values that the candidate is known to have in another form, by this model's names; nil where nothing is
  ///     known, and a name may stand for something else than here.
  func check(
    candidate: ModelEvaluator, _ options: CheckOptions, limit: Double, scaled: [String: ScaledValue]?,
    progress: (CheckProgress) throws -> Void
  ) throws -> CheckReport {
    let folders = try options.data.map { _ in try dataFolders(options) }
    let total = nodeCount * (folders?.count ?? options.runs)
    var executed = 0
    func advance(by nodes: Int) throws {
      executed += nodes
      try progress(CheckProgress(nodes: executed, total: total))
    }
    var comparison = ModelComparison<ONNXEvaluator>(tolerance: options.tolerance, precisions: options.precisions)
    do {
      if let exhaustion = budget.exhaustion ?? candidate.budget.exhaustion { throw exhaustion }
      // What both models use counts together.
      let aligned = try Ledger.$current.withValue(Ledger(budget)) {
        try candidate.aligned(with: self, limit: limit, scaled)
      }
      if let folders {
        let labels = try options.labels.map { try RecordedDataSet.labels(at: $0) } ?? []
        for folder in folders {
          let data = try recorded(folder, labels: labels)
          begin(with: data.inputs)
          try located { try comparison.add(evaluator, aligned, data, progress: advance) }
        }
      } else {
        for run in 0..<options.runs {
          let seed = options.seed &+ UInt64(run)
          try located {
            let random = RandomInputs(seed: seed, shapes: options.inputShapes)
            begin(elements: random.elementCount(for: inputs), areMade: true)
            let values = try Ledger.$current.withValue(Ledger(budget)) { try random.values(for: inputs) }
            try comparison.add(evaluator, aligned, .init(title: "seed \(seed)", inputs: values), progress: advance)
          }
        }
      }
      if let exhaustion = budget.exhaustion { throw exhaustion }
    } catch let error as EvaluationError where error.code == .limitReached {
      comparison.end(at: error, nodes: nodeCount)
    }
    return try report(candidate: candidate, comparison, seed: options.seed)
  }

  /// This model as a candidate for another one.
  private func aligned(
    with original: ModelEvaluator, limit: Double, _ scaled: [String: ScaledValue]?
  ) throws -> AlignedCandidate<ONNXEvaluator> {
    let alignment = try ModelAligner.alignment(
      of: original.graph, and: graph, limit: limit, keepsNames: scaled != nil,
      assumesInference: (original.options.assumesInference, options.assumesInference))
    func evaluator(replacing constants: [ValueID: () throws -> Tensor]) throws -> ONNXEvaluator {
      try located {
        try ONNXEvaluator(
          graph, threads: options.threads, assumesInference: options.assumesInference, replacing: constants,
          budget: original.budget)
      }
    }
    let own = self.evaluator.counting(against: original.budget)
    return AlignedCandidate(
      alignment.pieces.isEmpty ? own : own.keepingConstants(),
      exact: try alignment.exactConstants.map(evaluator),
      moved: { try evaluator(replacing: alignment.movedConstants(seed: $0)) },
      pieces: alignment.pieces, renamed: alignment.renamed, scaled: scaled ?? [:],
      certification: alignment.certification)
  }

  /// - Throws: `unreadable` where a model is not what it was when the check began.
  private func report(
    candidate: ModelEvaluator?, _ comparison: ModelComparison<ONNXEvaluator>, seed: UInt64 = 0
  ) throws -> CheckReport {
    try files.checkUnchanged()
    try candidate?.files.checkUnchanged()
    return CheckReport(
      tool: Report.Tool(name: "bnfuse", version: Version.text), original: part, candidate: candidate?.part,
      check: try comparison.concluded(seed: seed))
  }

  /// Checks that no output would take the place of one of the model's data files.
  ///
  /// - Throws: `unwritable` for the first that would.
  package func checkNoData(isAmong outputs: [FilePath]) throws(ModelFileError) {
    try files.checkNoneIs(among: outputs)
  }

  private var part: CheckReport.Model {
    CheckReport.Model(path: path.description, irVersion: document.irVersion, nodes: nodeCount)
  }

  /// The folder itself, or the data sets within.
  private func dataFolders(_ options: CheckOptions) throws -> [FilePath] {
    let folder = options.data ?? "."
    let sets = (0...).lazy.map { folder.appending(FilePath("test_data_set_\($0)")) }.prefix { FileSource.isFolder($0) }
    let found = Array(sets)
    return found.isEmpty ? [folder] : found
  }

  private func recorded(_ folder: FilePath, labels: [Int] = []) throws -> ModelComparison<ONNXEvaluator>.DataSet {
    let data = try recordedData(in: folder)
    return .init(title: folder.description, inputs: data.inputs, outputs: data.outputs, labels: labels)
  }
}
