import CSystemShims
import Testing

@testable import ProtobufIO

@Suite struct FileStampTests {
  /// A state of a file; times are in nanoseconds.
  private func stamp(
    size: Int64 = 5, modified: Int64 = 1_000, changed: Int64 = 2_000, links: UInt64 = 1, inode: UInt64 = 7
  )
    -> FileStamp
  {
    FileStamp(
      shim_file_facts(
        kind: shim_regular, size: size, mode: 0o644, device: 3, inode: inode, links: links, modified: modified,
        changed: changed))
  }

  @Test func `the same state shows the same contents`() {
    #expect(stamp().showsSameContents(as: stamp()))
  }

  /// Whoever sets the time of the contents back cannot set that of the change back.
  @Test func `another size, time or file does not`() {
    #expect(!stamp(size: 6).showsSameContents(as: stamp()))
    #expect(!stamp(modified: 1_001).showsSameContents(as: stamp()))
    #expect(!stamp(changed: 2_001).showsSameContents(as: stamp()))
    #expect(!stamp(inode: 8).showsSameContents(as: stamp()))
  }

  @Test func `a file that lost its name holds what it held`() {
    #expect(stamp(changed: 2_001, links: 0).showsSameContents(as: stamp()))
    #expect(!stamp(modified: 1_001, changed: 2_001, links: 0).showsSameContents(as: stamp()))
  }

  @Test func `a write shows once the clock has gone on`() {
    let now: Int64 = 1_700_000_000_123_456_789
    #expect(!stamp(changed: now).isSettled(at: now))
    #expect(stamp(changed: now - 1).isSettled(at: now))
    #expect(!stamp(changed: now + 1_000_000).isSettled(at: now))
  }

  @Test func `two seconds count where a file system keeps no fractions`() {
    let now: Int64 = 1_700_000_000_000_000_000
    let file = stamp(modified: now - 5_000_000_000, changed: now)
    #expect(!file.isSettled(at: now + 1_999_999_999))
    #expect(file.isSettled(at: now + 2_000_000_000))
    // A time set by hand keeps none either, but that of the change cannot be set.
    #expect(stamp(modified: now, changed: now + 1).isSettled(at: now + 2))
  }

  @Test func `another machine's clock says nothing`() {
    let now: Int64 = 1_700_000_000_000_000_001
    #expect(stamp(changed: now + 60_000_000_000).isSettled(at: now))
  }
}
