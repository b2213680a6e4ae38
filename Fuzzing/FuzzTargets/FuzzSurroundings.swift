import BatchNormFusion
import ONNXModel
import ProtobufIO

/// The folder in which a target runs, with the files that an input is read beside.
///
/// Inputs are plain files of their kind, so that other programs can read the corpus too. The options that are tried
/// follow from an input's length.
package struct FuzzSurroundings: Sendable {
  private let target: FuzzTarget
  private let folder: FuzzFolder
  private static let input = "in.onnx"
  private static let output = "out.onnx"
  /// What stays in the folder from one input to the next.
  private static let lasting: Set = [input, "external.data", "link", "folder", "pipe"]

  /// - Parameter path: A folder for the target alone.
  package init(for target: FuzzTarget, at path: String) throws {
    self.target = target
    folder = try FuzzFolder(at: path)
    if target == .external {
      try folder.write((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 37 >> 2) }, to: "external.data")
      try folder.addTraps()
    }
    for kind in RecordedKind.allCases where target == .recorded {
      try folder.write(kind.model, to: kind.modelName)
    }
  }

  /// Gives one input to the target.
  ///
  /// - Throws: The library's error for an input that it refuses; `BrokenPromise`; `SystemFailure`.
  package func run(_ bytes: [UInt8]) throws {
    switch target {
    case .scan: try scan(bytes)
    case .fuse, .external: try fuse(bytes)
    case .recorded: try readRecorded(bytes)
    case .check: try check(bytes)
    }
  }

  private func scan(_ bytes: [UInt8]) throws {
    try folder.write(bytes, to: Self.input)
    let source = try FileSource.model(at: FilePath(folder.path(Self.input)), limit: 1 << 20)
    _ = try ONNXDocument.externalLocations(in: source)
  }

  private func fuse(_ bytes: [UInt8]) throws {
    try folder.write(bytes, to: Self.input)
    var options = FusionOptions()
    options.assumesInference = bytes.count & 1 != 0
    options.freezesInitializers = bytes.count & 2 != 0
    if target == .external {
      defer { try? folder.removeFiles(except: Self.lasting) }
      options.storage = [.asRead, .external, .inline][bytes.count % 3]
      try fuse(options)
    } else {
      try fuse(options)
    }
  }

  /// Fuses, and reads and fuses what was written.
  private func fuse(_ options: FusionOptions) throws {
    _ = try Model(at: folder.path(Self.input), options: options).fuse(to: folder.path(Self.output))
    do {
      _ = try Model(at: folder.path(Self.output), options: options).fuse(to: folder.path("again.onnx"))
    } catch {
      throw BrokenPromise(description: "the output cannot be read: \(error)")
    }
  }

  private func check(_ bytes: [UInt8]) throws {
    try folder.write(bytes, to: Self.input)
    let path = folder.path(Self.input)
    if bytes.count & 1 == 0 {
      var options = FusionOptions()
      options.check = CheckOptions()
      options.check?.limits = Self.smallLimits
      _ = try Model(at: path, options: options).fuse(to: folder.path(Self.output))
    } else {
      var options = EvaluationOptions()
      options.limits = Self.smallLimits
      let model = try ModelEvaluator(at: path, options: options)
      _ = try model.check(candidate: ModelEvaluator(at: path, options: options))
    }
  }

  private static var smallLimits: EvaluationLimits {
    var limits = EvaluationLimits()
    (limits.memory, limits.operations) = (8 << 20, 50_000_000)
    (limits.nodes, limits.prepared, limits.trips) = (2000, 2000, 200)
    return limits
  }

  /// Reads the bytes as each kind of recorded value; refused is what no kind accepts.
  private func readRecorded(_ bytes: [UInt8]) throws {
    var refusal: (any Error)?
    var isAccepted = false
    for kind in RecordedKind.allCases {
      try folder.write(bytes, to: kind.fileName)
      defer { try? folder.removeFiles(except: Set(RecordedKind.allCases.map(\.modelName))) }
      do {
        _ = try ModelEvaluator(at: folder.path(kind.modelName)).recordedData(in: folder.path)
        isAccepted = true
      } catch {
        refusal = error
      }
    }
    if let refusal, !isAccepted { throw refusal }
  }
}
