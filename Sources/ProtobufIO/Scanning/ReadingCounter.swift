import Synchronization

/// Counts how often files are read, for those who promise how often they are.
package final class ReadingCounter: Sendable {
  /// What became of one file.
  package struct Count: Equatable, Sendable {
    /// How often its wire format was gone through.
    package var scans = 0

    /// How many message trees were unpacked of it.
    package var trees = 0

    package init(scans: Int = 0, trees: Int = 0) { (self.scans, self.trees) = (scans, trees) }
  }

  /// The counter of what this task reads; nil where nobody counts.
  @TaskLocal package static var current: ReadingCounter?

  private let state = Mutex<[FilePath: Count]>([:])

  package init() {}

  /// What was counted of each file, by the names by which they were opened.
  package var counts: [FilePath: Count] { state.withLock { $0 } }

  func noteScan(of path: FilePath) { state.withLock { $0[path, default: Count()].scans += 1 } }

  func noteTree(of path: FilePath) { state.withLock { $0[path, default: Count()].trees += 1 } }
}
