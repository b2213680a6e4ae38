import BatchNormFolding
import Equivalence
public import FusionReport
import ONNXFormat
import ONNXModel
public import ProtobufIO
import RecordedData

/// An opened model.
///
/// ```swift
/// let model = try Model(at: "model.onnx")
/// print(try model.inspect().inspectionText())
/// guard try model.plan().declined.isEmpty else { return }
/// let report = try model.fuse(to: "fused.onnx")
/// ```
///
/// The model owns the file's structure in memory, which is read once and never changes; its tensors stay in the file until
/// they are streamed. It may be planned, checked and fused as often as one likes.
public struct Model: ~Copyable {
  /// The largest file: the most that protobuf's lengths can express.
  static let sizeLimit = Int(Int32.max)

  private let source: FileSource
  /// The model and its data, opened once for all that is read of them.
  private let files: ConfinedFiles
  private let options: FusionOptions
  private let start: ContinuousClock.Instant
  private let readingTime: Duration
  private let reading: ModelReading

  /// Opens and reads a model.
  ///
  /// - Parameters:
  ///   - path: A file, or `-` for standard input.
  ///   - options: How to read and fuse it.
  /// - Throws: `ModelFileError`.
  public init(at path: FilePath, options: FusionOptions = FusionOptions()) throws {
    try self.init(at: path, options: options, encoder: ElementEncoder())
  }

  /// - Parameter encoder: Puts what folds make into the bytes of tensors.
  init(at path: FilePath, options: FusionOptions, encoder: ElementEncoder) throws {
    let start = ContinuousClock.now
    let source = try FileSource.model(at: path, limit: Self.sizeLimit)
    let files = try ConfinedFiles(for: source, extraRoots: options.externalRoots)
    let document = try ONNXDocument(source, externalFiles: files)
    var readingOptions = ReadingOptions(options)
    readingOptions.encoder = encoder
    reading = try ModelReading.read(document, options: readingOptions, buffer: ChunkBuffer())
    readingTime = ContinuousClock.now - start
    (self.source, self.files, self.options, self.start) = (source, files, options, start)
  }

  /// Plans the folds of the model and measures them, without writing anything.
  ///
  /// - Parameters:
  ///   - path: Where the model would be written, for the report.
  ///   - listing: Called with each edit that would be made, in a line.
  /// - Returns: The report of what would be done.
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  public func plan(to path: FilePath = "", listing: ((_ edit: String) -> Void)? = nil) throws -> Report {
    let plan = try MeasuredPlan(reading, measures: true)
    let edits = try reading.edits(for: plan.plan)
    if let listing { edits.forEachText(listing) }
    var report = try planned(plan, edits, path: path)
    report.check = try options.check.map { try check(edits, $0) { _ in } }
    try files.checkUnchanged()
    return report
  }

  /// Lists every norm with its surroundings and what a fold would do to the weights' ranges.
  ///
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  public func inspect() throws -> Report {
    let plan = try MeasuredPlan(reading, measures: true)
    let edits = try reading.edits(for: plan.plan)
    let report = ReportBuilder(reading, plan).inspected(try planned(plan, edits, path: ""))
    try files.checkUnchanged()
    return report
  }

  /// Folds all norms that can be folded and writes the model.
  ///
  /// - Parameters:
  ///   - path: The target, or `-` for standard output. The model appears there whole or not at all.
  ///   - reports: Files to write the report to, each by its ending. They are written before the model appears, and
  ///     the model does not appear where one of them cannot be written.
  ///   - progress: Called with the bytes written and the bytes to write.
  ///   - reporting: Called with the report when the model is written but nothing can be seen yet, or where none is
  ///     written; what it throws ends the fusion, with nothing written.
  ///   - checking: Called as a check executes nodes; what it throws ends the fusion, with nothing written.
  /// - Returns: The report. Where the options are strict and a norm stays, or where a check was asked for and did not
  ///   find both models equivalent, no model was written.
  /// - Throws: `ModelFileError`; with a check `EvaluationError` where the model cannot be run at all.
  public func fuse(
    to path: FilePath, reports: [FilePath] = [], progress: ((_ written: Int, _ total: Int) -> Void)? = nil,
    reporting: (Report) throws -> Void = { _ in }, checking: (CheckProgress) throws -> Void = { _ in }
  ) throws -> Report {
    try DistinctFiles.check(read: [source.path], written: reports)
    try DistinctFiles.check(read: [], written: [path] + reports)
    try checkNoData(isAmong: [path] + reports)
    let files = files
    func tell(_ report: Report) throws {
      try files.checkUnchanged()
      for target in reports { try report.write(to: target) }
      try reporting(report)
    }
    // What went to a pipe cannot be taken back, so nothing may turn out to overflow then.
    let measures = options.measures || !reports.isEmpty || OutputPlace.isStream(path)
    var plan = try MeasuredPlan(reading, measures: measures)
    var edits = try reading.edits(for: plan.plan)
    var checked: CheckResult?
    if let wanted = options.check {
      var result = try check(edits, wanted, checking)
      if !measures, result.certification?.storesInfinity == true {
        plan = try MeasuredPlan(reading, measures: true)
        edits = try reading.edits(for: plan.plan)
        result = try check(edits, wanted, checking)
      }
      guard result.verdict == .equivalent || (result.verdict == .notRun && options.allowsUnproven) else {
        var report = try planned(plan, edits, path: path)
        report.check = result
        try tell(report)
        return report
      }
      checked = result
    }
    if let report = try write(plan, edits, checked, to: path, progress, tell) { return report }
    // A weight overflowed on its way: look before planning.
    plan = try MeasuredPlan(reading, measures: true)
    edits = try reading.edits(for: plan.plan)
    guard let report = try write(plan, edits, checked, to: path, progress, tell) else { throw source.changedError }
    return report
  }

  /// Checks that no output would take the place of one of the model's data files.
  ///
  /// - Throws: `unwritable` for the first that would.
  package func checkNoData(isAmong outputs: [FilePath]) throws(ModelFileError) {
    try files.checkNoneIs(among: outputs)
  }

  /// Runs the model as it is and as it would be written.
  private func check(
    _ edits: ModelEdits, _ wanted: CheckOptions, _ progress: (CheckProgress) throws -> Void
  ) throws -> CheckResult {
    // What a run makes of another model is beside the point.
    try files.checkUnchanged()
    let scaled = edits.renamings.map { renaming in
      (
        renaming.old,
        ScaledValue(
          name: renaming.new, scale: renaming.scale, shift: renaming.shift, axis: renaming.channelAxis)
      )
    }
    var evaluation = EvaluationOptions()
    evaluation.threads = wanted.threads
    evaluation.limits = wanted.limits
    evaluation.assumesInference = options.assumesInference
    let original = try ModelEvaluator(reading.model, files, path: source.path, evaluation)
    // What is written has to be inference by itself.
    evaluation.assumesInference = false
    let candidate = try ModelEvaluator(edits.applied().imported(), files, path: source.path, evaluation)
    return try original.check(
      candidate: candidate, wanted, limit: 1, scaled: Dictionary(scaled, uniquingKeysWith: { first, _ in first }),
      progress: progress
    ).check
  }

  /// Writes by a plan; nil where a weight overflowed and nothing was written.
  private func write(
    _ plan: MeasuredPlan, _ edits: ModelEdits, _ checked: CheckResult?, to path: FilePath,
    _ progress: ((Int, Int) -> Void)?, _ tell: (Report) throws -> Void
  ) throws -> Report? {
    if options.isStrict, plan.declinedCount > 0 {
      let report = try planned(plan, edits, path: path)
      try tell(report)
      return report
    }
    let policy = StoragePolicy(options.storage)
    var report: Report?
    func finish(_ bytes: Int) throws {
      var made = makeReport(plan, edits, path: path, bytes: bytes)
      made.check = checked
      try tell(made)
      report = made
    }
    let written =
      if edits.isEmpty, !reading.hasExternalData, !policy.movesData {
        try reading.copyFile(to: path, syncs: options.syncs, progress: progress, beforeCommit: finish)
      } else {
        try edits.write(to: path, policy: policy, syncs: options.syncs, progress: progress, beforeCommit: finish)
      }
    if let kept = written?.keptDataFile {
      report?.warnings.append(Report.Warning(code: Report.Warning.keptDataFile, node: "", text: kept))
    }
    return report
  }

  /// The report of what a plan would do.
  private func planned(_ plan: MeasuredPlan, _ edits: ModelEdits, path: FilePath) throws -> Report {
    let policy = StoragePolicy(options.storage)
    var size = source.size
    if !edits.isEmpty || reading.hasExternalData || policy.movesData {
      size = try edits.size(at: path, policy: policy)
    }
    return makeReport(plan, edits, path: path, bytes: size)
  }

  private func makeReport(_ plan: MeasuredPlan, _ edits: ModelEdits, path: FilePath, bytes: Int) -> Report {
    var report = ReportBuilder(reading, plan).report(
      input: inputPart, output: Report.Output(path: path.description, bytes: bytes, nodes: edits.nodeCount),
      edits: edits)
    report.summary.secondsReading = readingTime / .seconds(1)
    report.summary.secondsPlanning = plan.planning / .seconds(1)
    report.summary.secondsTotal = (ContinuousClock.now - start) / .seconds(1)
    return report
  }

  private var inputPart: Report.Input {
    let document = reading.document
    return Report.Input(
      path: source.path.description, format: "ONNX", bytes: source.size, irVersion: document.irVersion,
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
