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
    version: Version.line, subcommands: [FuseCommand.self, InspectCommand.self, CheckCommand.self],
    defaultSubcommand: FuseCommand.self)

  static func main() {
    StandardStream.holdDescriptors()
    EndingSignals.prepareProgram()
    do {
      // Not the runtime's own, which are no bytes and need /proc.
      let arguments = ProcessArguments.all.dropFirst().map { CarriedText.carrying($0) }
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch {
      exit(for: error)
    }
  }

  /// Ends the program with one line that says what went wrong, or with the help that was asked for.
  private static func exit(for error: any Error) -> Never {
    let failure = failure(for: error)
    if let failure { StandardError.write("bnfuse: error: \(ShownText.shown(failure.text))\n") }
    exit(withCode: failure?.code ?? exitCode(for: error))
  }

  /// What is to be told of an error; nil where that was done, or where it only ends the program.
  private static func failure(for error: any Error) -> CommandFailure? {
    switch error {
    case let failure as CommandFailure: return failure
    case is ModelFileError, is EvaluationError: return CommandFailure(text: "\(error)", code: .failure)
    case is ExitCode: return nil
    case _ where exitCode(for: error) == .success:
      do {
        try StandardOutput.write(fullMessage(for: error) + "\n")
        return nil
      } catch {
        return CommandFailure(text: "\(error)", code: .failure)
      }
    default:
      let whole = FilePath(argument: message(for: error)).description
      let text = whole.split(separator: "\n").first.map(String.init) ?? "the command cannot be understood"
      return CommandFailure(text: text.prefix(1).lowercased() + text.dropFirst(), code: exitCode(for: error))
    }
  }

  private static func exit(withCode code: ExitCode) -> Never { exit(withError: code) }

}
