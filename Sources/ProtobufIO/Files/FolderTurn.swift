import CSystemShims

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A writer's turn to put files in place in a folder, while others wait.
///
/// The folder itself is locked, with `flock`, so nothing is left in it. A file system that has no such locks gives
/// everybody a turn at once.
@safe
package final class FolderTurn {
  /// Whether nobody else puts files in place meanwhile, as far as the file system can tell.
  ///
  /// False where somebody kept the folder locked for longer than files take to be renamed: perhaps whoever started
  /// this program, and waits for it.
  package let isOurs: Bool

  private let descriptor: Int32

  /// Waits for a turn.
  package init(in folder: OutputFolder, patience: Duration = .seconds(10)) {
    descriptor = shim_open_readable_folder(folder.descriptor)
    isOurs = descriptor < 0 || Self.lock(descriptor, patience)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func lock(_ folder: Int32, _ patience: Duration) -> Bool {
    let start = ContinuousClock.now
    while true {
      let status = shim_lock(folder)
      if status == -EINTR { continue }
      guard status == -EWOULDBLOCK else { return true }
      guard ContinuousClock.now - start < patience else { return false }
      usleep(2000)
    }
  }
}
