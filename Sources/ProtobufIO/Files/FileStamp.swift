import CSystemShims

/// What tells one state of a file from another without reading it.
///
/// A write that goes through a shared mapping, or that began before the file was opened, need not show.
struct FileStamp {
  let identity: FileIdentity
  let size: Int
  private let links: UInt64
  /// When the contents were last written, in nanoseconds.
  private let modified: Int64
  /// When anything of the file last changed, which nobody can set.
  private let changed: Int64

  init(_ facts: shim_file_facts) {
    identity = FileIdentity(facts)
    size = Int(facts.size)
    (links, modified, changed) = (facts.links, facts.modified, facts.changed)
  }

  /// Whether the contents have not been written since `old`.
  ///
  /// A name that the file lost or won changes no contents: another file may have taken its place.
  func showsSameContents(as old: FileStamp) -> Bool {
    identity == old.identity && size == old.size && modified == old.modified
      && (changed == old.changed || links != old.links)
  }

  /// Whether a write from now on is sure to show.
  ///
  /// - Parameter now: The time on the clock of the stamps, which stands still for up to 10 ms.
  func isSettled(at now: Int64) -> Bool {
    // A time to come is another machine's, and says nothing of this one.
    guard changed <= now &+ 2 * Self.longestTick else { return true }
    // A file system that keeps no fractions counts seconds, some every other one.
    let isCoarse = changed % Self.second == 0 && modified % Self.second == 0
    return isCoarse ? now >= changed &+ 2 * Self.second : now > changed
  }

  private static let second: Int64 = 1_000_000_000
  private static let longestTick: Int64 = 10_000_000
}
