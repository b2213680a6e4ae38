import ArgumentParser
import BatchNormFusion

/// The command: parses options, calls the library, prints, exits.
@main
struct BnfuseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bnfuse",
    abstract: "Folds BatchNormalization into the linear operators of a neural network file, exactly.",
    discussion: """
      Exit status: 0 done; 1 the input cannot be read or the output cannot be written; 2 the check found a \
      difference; 3 --strict and a norm stays; 4 the check could not be made; 64 usage.
      """,
    version: Version.text, subcommands: [FuseCommand.self, InspectCommand.self, CheckCommand.self],
    defaultSubcommand: FuseCommand.self)

  static func main() {
    EndingSignals.prepareProgram()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      exit(for: error)
    }
  }

  /// Ends the program with one line that says what went wrong, or with the help that was asked for.
  private static func exit(for error: any Error) -> Never {
    let failure =
      error as? CommandFailure ?? (error as? ModelFileError).map { CommandFailure(text: "\($0)", code: .failure) }
      ?? (error as? EvaluationError).map { CommandFailure(text: "\($0)", code: .failure) }
    if let failure {
      StandardStream.error.write("bnfuse: error: \(oneLine(failure.text))\n")
      exit(withCode: failure.code)
    }
    let code = exitCode(for: error)
    if error is ExitCode || code == .success {
      StandardStream.output.write(error is ExitCode ? "" : fullMessage(for: error) + "\n")
    } else {
      let text = message(for: error).split(separator: "\n").first.map(String.init) ?? "the command cannot be understood"
      StandardStream.error.write("bnfuse: error: \(oneLine(text.prefix(1).lowercased() + text.dropFirst()))\n")
    }
    exit(withCode: code)
  }

  private static func exit(withCode code: ExitCode) -> Never { exit(withError: code) }

  /// Text in which nothing starts a new line or moves a terminal's cursor.
  private static func oneLine(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
  }
}
