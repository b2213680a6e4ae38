import Testing

@testable import ProtobufIO

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct ConfinedFilesTests {
  private let folder = TemporaryFolder()
  private let model: FilePath

  init() {
    folder.make("models")
    folder.make("store")
    model = folder.write([], to: "models/m.onnx")
    folder.write("secret", to: "secret")
    folder.write("data", to: "models/m.data")
    folder.make("models/sub")
    folder.write("deep", to: "models/sub/d")
  }

  @Test(arguments: [
    ("m.data", "data"), ("sub/d", "deep"), ("./m.data", "data"), ("sub//d", "deep"), ("sub/./d", "deep"),
  ])
  func `opens files in the model's folder and below`(location: String, text: String) throws {
    let file = try files().file(at: FilePath(location), for: "tensor 't'")
    #expect(try file.bytes(at: 0, count: file.size) == Array(text.utf8))
  }

  @Test func `opens a location once`() throws {
    let files = try files()
    #expect(try files.file(at: "m.data", for: "a") === (try files.file(at: "m.data", for: "b")))
  }

  @Test(arguments: [
    "", "/etc/passwd", "../secret", "sub/../m.data", "..", "sub/..", "../models/m.data",
    // An accent behind a slash does not hide it.
    "sub/../\u{301}m", "../\u{301}m",
  ])
  func `refuses locations that are not relative or go up`(location: String) throws {
    folder.write("x", to: "models/\u{301}m")
    try expectRefused(location, "must be a relative path without '..'")
  }

  @Test(arguments: ["...", "..data", "a..b"])
  func `two dots in a name are no way up`(location: String) throws {
    folder.write("x", to: "models/" + location)
    #expect(try files().file(at: FilePath(location), for: "t").size == 1)
  }

  @Test func `refuses a link that leads out`() throws {
    folder.link("models/link", to: folder.path("secret"))
    try expectRefused("link", "lies outside the model's folder, at '\(folder.path("secret"))'")
  }

  @Test func `refuses a folder behind a link that leads out`() throws {
    folder.link("models/way", to: folder.path)
    try expectRefused("way/secret", "lies outside the model's folder, at '\(folder.path("secret"))'")
  }

  @Test func `a folder whose name only begins like the model's is outside`() throws {
    folder.make("models-other")
    folder.write("x", to: "models-other/d")
    folder.link("models/link", to: folder.path("models-other/d"))
    try expectRefused("link", "lies outside the model's folder, at '\(folder.path("models-other/d"))'")
  }

  @Test func `opens a link that stays inside`() throws {
    folder.link("models/link", to: "sub/d")
    #expect(try files().file(at: "link", for: "t").size == 4)
  }

  @Test func `opens a link into a further root`() throws {
    folder.write("stored", to: "store/blob")
    folder.link("models/link", to: folder.path("store/blob"))
    #expect(try files(roots: [folder.path("store")]).file(at: "link", for: "t").size == 6)
    folder.link("root", to: folder.path("store"))
    #expect(try files(roots: [folder.path("root")]).file(at: "link", for: "t").size == 6)
  }

  @Test func `a further root that is not there allows nothing and hinders nothing`() throws {
    let files = try files(roots: [folder.path("missing")])
    #expect(try files.file(at: "m.data", for: "t").size == 4)
  }

  /// Model caches link the model and its data into a store.
  @Test func `allows the folder of the file that the model's name leads to`() throws {
    folder.write([], to: "store/model-blob")
    folder.write("stored", to: "store/data-blob")
    folder.make("snapshot")
    folder.link("snapshot/m.onnx", to: folder.path("store/model-blob"))
    folder.link("snapshot/m.data", to: folder.path("store/data-blob"))
    let files = try files(model: folder.path("snapshot/m.onnx"))
    #expect(try files.file(at: "m.data", for: "t").size == 6)
  }

  @Test func `a hard link is an ordinary file`() throws {
    #expect(unsafe link(folder.path("secret").description, folder.path("models/hard").description) == 0)
    #expect(try files().file(at: "hard", for: "t").size == 6)
  }

  @Test func `says that a file is missing`() throws {
    try expectRefused("missing.data", "no such file or folder")
  }

  @Test func `refuses a folder and a pipe`() throws {
    try expectRefused("sub", "is a folder")
    #expect(unsafe mkfifo(folder.path("models/pipe").description, 0o600) == 0)
    try expectRefused("pipe", "is not a regular file")
  }

  /// In a process of its own, whose standard input becomes a model.
  @Test func `a model from standard input has data files only under a further root`() async {
    let root = folder.path("models").description
    let path = model.description
    await #expect(processExitsWith: .success) { [root = root as String, path = path as String] in
      dup2(unsafe open(path, O_RDONLY), 0)
      let source = try FileSource.model(at: "-", limit: 10)
      let rooted = try ConfinedFiles(for: source, extraRoots: [FilePath(root)])
      guard try rooted.file(at: "m.data", for: "t").size == 4 else { exit(2) }
      do throws(ModelFileError) {
        _ = try ConfinedFiles(for: source, extraRoots: []).file(at: "m.data", for: "tensor 't'")
        exit(3)
      } catch {
        let text = "tensor 't': external data 'm.data' needs an external root, as the model came through standard input"
        guard error == ModelFileError(.unreadable, path: "-", text) else { exit(4) }
      }
    }
  }

  private func files(model path: FilePath? = nil, roots: [FilePath] = []) throws(ModelFileError) -> ConfinedFiles {
    try ConfinedFiles(for: try FileSource.model(at: path ?? model, limit: 1 << 20), extraRoots: roots)
  }

  private func expectRefused(
    _ location: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let files = try files()
    let error = ModelFileError(.unreadable, path: model, "tensor 't': external data '\(location)' \(text)")
    #expect(throws: error, sourceLocation: sourceLocation) { try files.file(at: FilePath(location), for: "tensor 't'") }
  }
}
