import CSystemShims

/// The threads that the system lets the program have.
package enum SystemThreads {
  /// Whether a check can have threads beside its own.
  ///
  /// Where the system gives none, Dispatch would wait for them without end; so they are tried once beforehand.
  package static let areAvailable = shim_can_start_threads(4) != 0
}
