import BatchNormFusion

/// Fuses the models named on the command line, each beside itself as `<name>.fused`, and says what stays.
@main
struct FuseFolder {
  static func main() throws {
    var options = FusionOptions()
    options.skip = ["*/keep/*"]
    for path in CommandLine.arguments.dropFirst() {
      do {
        let report = try Model(at: path, options: options).fuse(to: path + ".fused")
        print("\(path): \(report.summary.folded) of \(report.summary.batchNorms) norms folded")
        for decline in report.declined {
          print("  \(decline.node.isEmpty ? decline.batchNorm : decline.node) stays: \(decline.reason)")
        }
      } catch let error as ModelFileError {
        print("\(path) was left alone: \(error.message)")
      }
    }
  }
}
