import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData

/// Writes a document: its data file first where it has one, then the model, whose appearance is what counts.
struct ModelWriter {
  private let document: ONNXDocument
  private let buffer: ChunkBuffer
  private let syncs: Bool
  private let progress: ((_ written: Int, _ total: Int) -> Void)?

  /// - Parameters:
  ///   - document: What is written; it was read from the file that counts as the input.
  ///   - syncs: Whether the result has to survive a power cut.
  init(
    _ document: ONNXDocument, through buffer: ChunkBuffer, syncs: Bool = false,
    progress: ((Int, Int) -> Void)? = nil
  ) {
    self.document = document
    self.buffer = buffer
    self.syncs = syncs
    self.progress = progress
  }

  /// A tensor's place in the data file.
  private struct Place {
    let tensor: EditedTensor
    let content: PayloadContent
    let offset: Int
  }

  /// Writes the document; nothing can be seen of it yet.
  ///
  /// - Parameters:
  ///   - path: The target, or `-` for standard output.
  ///   - policy: Where tensors are stored.
  /// - Returns: What is to be put in place, for which the document is needed no more.
  /// - Throws: `unwritable`, `unsupported` for a model over 2 GiB.
  func written(to path: FilePath, policy: StoragePolicy) throws(ModelFileError) -> ModelCommit {
    let commit = try prepare(try OutputPlace(path), policy)
    try commit.finish()
    return commit
  }

  /// Writes the file that the document was read from, as it is.
  ///
  /// - Parameters:
  ///   - path: The target, or `-` for standard output.
  ///   - beforeCommit: Called with the size when all bytes are written but none can be seen yet; an error abandons
  ///     them.
  func copyFile(to path: FilePath, beforeCommit: (Int) throws -> Void) throws -> WrittenModel {
    let source = document.tree.source
    let place = try OutputPlace(path)
    let file = try OutputFile(at: place, expectedSize: source.size)
    try file.write(contentsOf: source, through: buffer) { progress?($0, $1) }
    let commit = commit(file)
    try commit.finish()
    try beforeCommit(source.size)
    return WrittenModel(keptDataFile: try commit.make())
  }

  private func commit(_ model: OutputFile) -> ModelCommit {
    ModelCommit(model: model, input: (document.tree.source, document.dataFiles), syncs: syncs)
  }

  /// The size that the model would have, without its data file.
  func size(at path: FilePath, under policy: StoragePolicy) throws(ModelFileError) -> Int {
    let editor = try DocumentEditor(document)
    let external = try place(policy, by: editor)
    // The length of the location counts, its text does not.
    try setPlaces(layout(external), location: DataFileName(of: path).name(hash: "0123456789abcdef"))
    return MessageWriter.size(of: try editor.finished().tree)
  }

  /// Decides for each tensor whether it is external, and moves those that are elsewhere.
  ///
  /// - Returns: The external ones.
  private func place(
    _ policy: StoragePolicy, by editor: DocumentEditor
  ) throws(ModelFileError) -> [EditedTensor] {
    let all = document.allTensors()
    var moved: Set<TensorPlace> = []
    switch policy {
    case .inline:
      for tensor in all where tensor.isExternal { try editor.tensor(tensor).storeInline() }
      return []
    case .external:
      for tensor in document.allInitializers() where isLarge(tensor) { moved.insert(tensor.place) }
    case .asRead:
      guard all.contains(where: \.isExternal) else { return [] }
      for tensor in all where tensor.isNew && isLarge(tensor) { moved.insert(tensor.place) }
    }
    var external: [EditedTensor] = []
    for tensor in all where tensor.isExternal || moved.contains(tensor.place) {
      let edited = try editor.tensor(tensor)
      edited.storeExternally()
      external.append(edited)
    }
    return external
  }

  private func isLarge(_ tensor: TensorView) -> Bool {
    guard let size = tensor.content?.byteCount, size > 0 else { return false }
    return tensor.shape.count >= 2 || size >= StoragePolicy.smallestExternalVector
  }

  private func prepare(_ place: OutputPlace, _ policy: StoragePolicy) throws(ModelFileError) -> ModelCommit {
    let editor = try DocumentEditor(document)
    let external = try self.place(policy, by: editor)
    guard !external.isEmpty else { return commit(try write(editor.finished(), to: place, extra: 0)) }
    guard place.folder != nil else {
      let stream = place.path == .standard ? "standard output" : "a pipe or device"
      throw ModelFileError(
        .unwritable, path: place.path, "\(stream) takes no data file; ask for inline data instead")
    }
    let places = layout(external)
    let total = places.last.map { $0.offset + $0.content.byteCount } ?? 0
    let file = try OutputFile(at: place, expectedSize: total, isCompanion: true)
    let writer = DataFileWriter(to: file, through: buffer) { progress?($0, total) }
    for place in places { try writer.write(place.content, at: place.offset) }
    let name = DataFileName(of: place.path).name(hash: writer.contentHash)
    try setPlaces(places, location: name)
    var commit = commit(try write(editor.finished(), to: place, extra: total))
    commit.data = (file, FilePath(name))
    return commit
  }

  /// Lays tensors out in a data file, each where a page begins.
  private func layout(_ external: [EditedTensor]) -> [Place] {
    var places: [Place] = []
    var end = 0
    for tensor in external {
      guard let content = tensor.view.content else { continue }
      let offset = DataFileWriter.nextOffset(after: end)
      places.append(Place(tensor: tensor, content: content, offset: offset))
      end = offset + content.byteCount
    }
    return places
  }

  private func setPlaces(_ places: [Place], location: String) throws(ModelFileError) {
    for place in places {
      try place.tensor.setPlace(location: Name(location), offset: place.offset, length: place.content.byteCount)
    }
  }

  private func write(
    _ document: ONNXDocument, to place: OutputPlace, extra: Int
  ) throws(ModelFileError) -> OutputFile {
    let size = MessageWriter.size(of: document.tree)
    guard size <= Int(Int32.max) else {
      throw ModelFileError(
        .unsupported, path: place.path,
        "the model would hold \(size) bytes but a protobuf message holds at most \(Int32.max); use --external-data")
    }
    let file = try OutputFile(at: place, expectedSize: size)
    let writer = MessageWriter(document.tree, to: file, through: buffer) { progress?(extra + $0, extra + size) }
    try writer.write()
    precondition(file.size == size, "protobuf-c must write as many bytes as it announced")
    return file
  }
}
