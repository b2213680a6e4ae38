#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The standard output of a process that is the test's own.
enum StandardOutput {
  /// Lets all that is written to standard output go to a file.
  static func redirect(to path: String) { dup2(unsafe open(path, O_WRONLY | O_TRUNC), 1) }
}
