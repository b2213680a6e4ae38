import BatchNormFolding
import Equivalence
public import FusionReport
import ONNXFormat
import ONNXModel
import ProtobufIO

/// An opened model.
///
/// ```swift
/// let model = try Model(at: "model.onnx")
/// print(try model.inspect().inspectionText())
/// guard try model.plan().declined.isEmpty else { return }
/// let report = try model.fuse(to: "fused.onnx")
/// ```
///
/// The model owns the file's structure in memory; its tensors stay in the file until they are streamed. Fusing
/// edits the structure, so it ends the model's life.
public struct Model: ~Copyable {
  /// The largest file: the most that protobuf's lengths can express.
  static let sizeLimit = Int(Int32.max)

  private let source: FileSource
  private let options: FusionOptions
  private let buffer: ChunkBuffer
  private let start: ContinuousClock.Instant
  private let readingTime: Duration
  private var reading: ModelReading
  private var checked: CheckResult?

  /// Opens and reads a model.
  ///
  /// - Parameters:
  ///   - path: A file, or `-` for standard input.
  ///   - options: How to read and fuse it.
  /// - Throws: `ModelFileError`.
  public init(at path: String, options: FusionOptions = FusionOptions()) throws {
    let start = ContinuousClock.now
    let source = try FileSource.model(at: path, limit: Self.sizeLimit)
    let buffer = ChunkBuffer()
    reading = try Self.read(source, options, buffer)
    readingTime = ContinuousClock.now - start
    (self.source, self.options, self.buffer, self.start) = (source, options, buffer, start)
  }

  private static func read(
    _ source: FileSource, _ options: FusionOptions, _ buffer: ChunkBuffer
  ) throws -> ModelReading {
    let files = try ConfinedFiles(for: source, extraRoots: options.externalRoots)
    let document = try ONNXDocument(source, externalFiles: files)
    return try ModelReading.read(document, options: ReadingOptions(options), buffer: buffer)
  }

  /// Plans the folds of the model and measures them, without writing anything.
  ///
  /// - Parameter path: Where the model would be written, for the report.
  /// - Returns: The report of what would be done.
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  public func plan(to path: String = "") throws -> Report {
    let plan = try MeasuredPlan(reading, measures: true)
    var report = try planned(plan, path: path)
    report.check = try options.check.map { try check(plan, $0) { _ in } }
    return report
  }

  /// Lists every norm with its surroundings and what a fold would do to the weights' ranges.
  ///
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  public func inspect() throws -> Report {
    let plan = try MeasuredPlan(reading, measures: true)
    return ReportBuilder(reading, plan).inspected(try planned(plan, path: ""))
  }

  /// Folds all norms that can be folded and writes the model.
  ///
  /// - Parameters:
  ///   - path: The target, or `-` for standard output. The model appears there whole or not at all.
  ///   - reports: Files to write the report to, each by its ending. They are written before the model appears, and
  ///     the model does not appear where one of them cannot be written.
  ///   - progress: Called with the bytes written and the bytes to write.
  ///   - checking: Called as a check executes nodes; what it throws ends the fusion, with nothing written.
  /// - Returns: The report. Where the options are strict and a norm stays, or where a check was asked for and did not
  ///   find both models equivalent, no model was written.
  /// - Throws: `ModelFileError`; with a check `EvaluationError` where the model cannot be run at all.
  public consuming func fuse(
    to path: String, reports: [String] = [], progress: ((_ written: Int, _ total: Int) -> Void)? = nil,
    checking: (CheckProgress) throws -> Void = { _ in }
  ) throws -> Report {
    // What went to a pipe cannot be taken back, so nothing may turn out to overflow then.
    let measures = options.measures || !reports.isEmpty || OutputPlace.isStream(path)
    var plan = try MeasuredPlan(reading, measures: measures)
    if let wanted = options.check {
      var result = try check(plan, wanted, checking)
      if !measures, result.certification?.storesInfinity == true {
        plan = try MeasuredPlan(reading, measures: true)
        result = try check(plan, wanted, checking)
      }
      guard result.verdict == .equivalent || (result.verdict == .notRun && options.allowsUnproven) else {
        var report = try planned(plan, path: path)
        report.check = result
        for target in reports { try report.write(to: target) }
        return report
      }
      checked = result
    }
    if let report = try write(plan, to: path, reports, progress) { return report }
    // A weight overflowed on its way: read again, since the document was edited, and look before planning.
    reading = try Self.read(source, options, buffer)
    guard let report = try write(try MeasuredPlan(reading, measures: true), to: path, reports, progress) else {
      preconditionFailure("a measured plan must hold")
    }
    return report
  }

  /// Runs the model as it is and as it would be written.
  private func check(
    _ plan: MeasuredPlan, _ wanted: CheckOptions, _ progress: (CheckProgress) throws -> Void
  ) throws -> CheckResult {
    // Edits change a document, so the fused model is made of another one.
    let edits = try Self.read(source, options, buffer).edits(for: plan.plan)
    let scaled = edits.renamings.map { renaming in
      (
        renaming.old,
        ScaledValue(
          name: renaming.new, scale: renaming.scale, shift: renaming.shift, axis: renaming.channelAxis)
      )
    }
    let fused = try edits.applied()
    var evaluation = EvaluationOptions()
    evaluation.threads = wanted.threads
    evaluation.assumesInference = options.assumesInference
    let original = try ModelEvaluator(reading.document, path: source.path, evaluation)
    let candidate = try ModelEvaluator(fused, path: source.path, evaluation)
    return try original.check(
      candidate: candidate, wanted, limit: 1, scaled: Dictionary(scaled, uniquingKeysWith: { first, _ in first }),
      progress: progress
    ).check
  }

  /// Writes by a plan; nil where a weight overflowed and nothing was written.
  private func write(
    _ plan: MeasuredPlan, to path: String, _ reports: [String], _ progress: ((Int, Int) -> Void)?
  ) throws -> Report? {
    if options.isStrict, plan.declinedCount > 0 {
      let report = try planned(plan, path: path)
      for target in reports { try report.write(to: target) }
      return report
    }
    let edits = try reading.edits(for: plan.plan)
    let policy = StoragePolicy(options.storage)
    var report: Report?
    func finish(_ bytes: Int) throws {
      var made = makeReport(plan, edits, path: path, bytes: bytes)
      made.check = checked
      for target in reports { try made.write(to: target) }
      report = made
    }
    let written =
      if plan.plan.isEmpty, !reading.hasExternalData, !policy.movesData {
        try reading.copyFile(to: path, syncs: options.syncs, progress: progress, beforeCommit: finish)
      } else {
        try edits.write(to: path, policy: policy, syncs: options.syncs, progress: progress, beforeCommit: finish)
      }
    if let kept = written?.keptDataFile {
      report?.warnings.append(Report.Warning(code: "data-file-kept", node: "", text: kept))
    }
    return report
  }

  /// The report of what a plan would do.
  private func planned(_ plan: MeasuredPlan, path: String) throws -> Report {
    let policy = StoragePolicy(options.storage)
    var size = source.size
    if !plan.plan.isEmpty || reading.hasExternalData || policy.movesData {
      // Only an edited document tells its size, so another one is read and edited.
      size = try Self.read(source, options, buffer).edits(for: plan.plan).size(at: path, policy: policy)
    }
    return makeReport(plan, try reading.edits(for: plan.plan), path: path, bytes: size)
  }

  private func makeReport(_ plan: MeasuredPlan, _ edits: ModelEdits, path: String, bytes: Int) -> Report {
    var report = ReportBuilder(reading, plan).report(
      input: inputPart, output: Report.Output(path: path, bytes: bytes, nodes: edits.nodeCount), edits: edits)
    report.summary.secondsReading = readingTime / .seconds(1)
    report.summary.secondsPlanning = plan.planning / .seconds(1)
    report.summary.secondsTotal = (ContinuousClock.now - start) / .seconds(1)
    return report
  }

  private var inputPart: Report.Input {
    let document = reading.document
    return Report.Input(
      path: source.path, format: "ONNX", bytes: source.size, irVersion: document.irVersion,
      opsets: Dictionary(
        document.opsetImports.map { ($0.domain.description, $0.version) }, uniquingKeysWith: { first, _ in first }),
      nodes: reading.nodeCount, batchNorms: reading.graph.normalizations.count)
  }
}

extension StoragePolicy {
  init(_ storage: FusionOptions.Storage) {
    self =
      switch storage {
      case .asRead: .asRead
      case .external: .external
      case .inline: .inline
      }
  }

  /// Whether tensors of a model without external data may have to move.
  var movesData: Bool {
    if case .external = self { true } else { false }
  }
}
