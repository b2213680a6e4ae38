import ArgumentParser

/// Why the command ends without having done what was asked, with its exit status.
struct CommandFailure: Error {
  let text: String
  let code: ExitCode
}
