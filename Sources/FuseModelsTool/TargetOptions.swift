import BatchNormFusion
import FoundationEssentials

/// A target's file `fuse-models.json`: options for each model, by its file's name; `*` is for those not named.
struct TargetOptions {
  static let file = "fuse-models.json"

  /// What may be said of one model; what is not said is as in the command.
  struct ModelOptions: Decodable {
    var fuse: Bool?
    var skip: [String]?
    var keepValues: [String]?
    var assumeInference: Bool?
    var freezeInitializers: Bool?
    var strict: Bool?
    var check: Bool?
    var allowUnproven: Bool?
    var data: String?
    var inputShapes: [String: [Int]]?
    var runs: Int?
    var seed: UInt64?
    var relativeTolerance: Double?
    var absoluteTolerance: Double?

    private enum CodingKeys: String, CodingKey, CaseIterable {
      case fuse, skip, keepValues, assumeInference, freezeInitializers, strict, check, allowUnproven, data,
        inputShapes, runs, seed, relativeTolerance, absoluteTolerance
    }

    static let names = Set(CodingKeys.allCases.map(\.rawValue))
  }

  private let folder: String
  private let models: [String: ModelOptions]

  /// - Parameter path: nil for a target without such a file.
  init(_ path: String?) throws {
    guard let path else {
      (folder, models) = (".", [:])
      return
    }
    folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    do {
      let data = try Data(contentsOf: URL(filePath: path))
      models = try JSONDecoder().decode([String: ModelOptions].self, from: data)
      // A name that is misspelt would say nothing and be believed.
      let all = try JSONDecoder().decode([String: [String: AnyValue]].self, from: data)
      for (model, options) in all.sorted(by: { $0.key < $1.key }) {
        for name in options.keys.sorted() where !ModelOptions.names.contains(name) {
          throw StepError("\(path): '\(model)' has an option '\(name)', which is none")
        }
        guard model == "*" || Self.isFile(named: model, in: folder) else {
          throw StepError("\(path): '\(model)' is none of the target's models")
        }
      }
    } catch let error as DecodingError {
      throw StepError("\(path): is not a file of options: \(error)")
    }
  }

  private static func isFile(named name: String, in folder: String) -> Bool {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    return paths.contains { $0.split(separator: "/").last.map(String.init) == name }
  }

  /// The library's options for a model; nil where it is to be bundled as it is.
  func options(for name: String) -> FusionOptions? {
    let said = models[name] ?? models["*"]
    guard said?.fuse ?? true else { return nil }
    var options = FusionOptions()
    options.skip = said?.skip ?? []
    options.keptValues = said?.keepValues ?? []
    options.assumesInference = said?.assumeInference ?? false
    options.freezesInitializers = said?.freezeInitializers ?? false
    options.isStrict = said?.strict ?? false
    options.allowsUnproven = said?.allowUnproven ?? false
    if said?.check ?? true { options.check = checkOptions(said) }
    return options
  }

  private func checkOptions(_ said: ModelOptions?) -> CheckOptions {
    var check = CheckOptions()
    check.data = (said?.data).map { FilePath($0.hasPrefix("/") ? $0 : "\(folder)/\($0)") }
    check.inputShapes = said?.inputShapes ?? [:]
    check.runs = max(said?.runs ?? 1, 1)
    check.seed = said?.seed ?? 0
    if said?.relativeTolerance != nil || said?.absoluteTolerance != nil {
      check.tolerance = Tolerance(relative: said?.relativeTolerance ?? 0, absolute: said?.absoluteTolerance ?? 0)
    }
    return check
  }
}

/// Any JSON value, not looked at.
private struct AnyValue: Decodable {
  init(from decoder: any Decoder) {}
}
