import CSystemShims

/// Signals that end the program: SIGTERM, SIGINT, SIGHUP, SIGQUIT and SIGXCPU.
package enum EndingSignals {
  /// Prepares a program for what may cut it off; not for libraries, as it replaces the process's handlers.
  ///
  /// A write to a closed pipe or beyond the largest file that is allowed is an error that can be told, and the signals
  /// that end the program remove the temporary files of all outputs first. The program still ends by the signal. Those
  /// that it was started to ignore stay ignored.
  package static func prepareProgram() {
    shim_ignore_writing_signals()
    shim_remove_temporary_names_on_signals()
  }

  /// Keeps them waiting while names are made, renamed and removed, so that all of it happens or nothing.
  ///
  /// Only one thread does so at a time.
  package static func held<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    shim_hold_signals()
    defer { shim_release_signals() }
    return try body()
  }
}
