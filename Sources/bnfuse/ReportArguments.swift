import ArgumentParser
import BatchNormFusion

/// Where reports are written; `fuse` and `check` take these.
struct ReportArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("Write a report; the name ends in .json, .md or .html. May be repeated.", valueName: "file"))
  var report: [FilePath] = []

  func validate() throws {
    for path in report where ReportForm(path: path.description) == nil {
      throw ValidationError("a report's name ends in .json, .md or .html, but '\(path)' does not")
    }
  }
}
