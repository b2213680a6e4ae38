import Testing

@testable import ProtobufIO

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct OutputPlaceTests {
  private let folder = TemporaryFolder()

  @Test(arguments: ["-", "/dev/null", "/dev/full"])
  func `standard output and devices are streams`(path: FilePath) {
    #expect(OutputPlace.isStream(path))
  }

  @Test func `a pipe is a stream, and so is a link to it`() {
    #expect(unsafe mkfifo(folder.path("pipe").description, 0o600) == 0)
    folder.link("link", to: "pipe")
    #expect(OutputPlace.isStream(folder.path("pipe")))
    #expect(OutputPlace.isStream(folder.path("link")))
  }

  @Test func `a file is none, nor what is not there yet, nor a link to either`() throws {
    folder.write("x", to: "file")
    folder.link("link", to: "file")
    folder.link("dangling", to: "nothing")
    for name in ["file", "new", "link", "dangling"] {
      #expect(!OutputPlace.isStream(folder.path(name)))
      let place = try OutputPlace(folder.path(name))
      #expect(place.name == FilePath(name))
      #expect(place.folder != nil)
    }
  }

  /// A file that is open has a name in /proc that no rename may replace.
  @Test(arguments: ["/proc/self/fd/", "/dev/fd/"])
  func `the name of an open file is a stream`(prefix: String) throws {
    let descriptor = unsafe open(folder.write("x", to: "file").description, O_WRONLY | O_APPEND)
    defer { close(descriptor) }
    let path = FilePath("\(prefix)\(descriptor)")
    #expect(OutputPlace.isStream(path))
    #expect(!OutputPlace.isStandardOutput(path))
    try OutputFile.write("y", to: path)
    #expect(folder.text("file") == "xy")
    folder.link("link", to: path)
    try OutputFile.write("z", to: folder.path("link"))
    #expect(folder.text("file") == "xyz")
  }

  @Test func `knows standard output by every name, and by a copy`() {
    let copy = dup(1)
    defer { close(copy) }
    for path in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/fd/\(copy)"].map({ FilePath($0) }) {
      #expect(OutputPlace.isStandardOutput(path), "\(path)")
    }
    #expect(!OutputPlace.isStandardOutput(folder.path("out")))
    #expect(!OutputPlace.isStandardOutput("/proc/self/fd/999999"))
    #expect(!OutputPlace.isStandardOutput("/proc/self/cwd"))
  }
}
