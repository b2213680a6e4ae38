import BatchNormFolding
package import ONNXModel
package import ProtobufIO

/// Writes a document: its data file first where it has one, then the model, whose appearance is what counts.
package struct ModelWriter {
  private let document: ONNXDocument
  private let buffer: ChunkBuffer
  private let progress: ((_ written: Int, _ total: Int) -> Void)?

  package init(
    _ document: ONNXDocument, through buffer: ChunkBuffer, progress: ((Int, Int) -> Void)? = nil
  ) {
    self.document = document
    self.buffer = buffer
    self.progress = progress
  }

  /// A tensor's place in the data file.
  private struct Place {
    let tensor: TensorView
    let content: PayloadContent
    let offset: Int
  }

  /// What was prepared for a target and waits to be committed.
  private struct Prepared {
    let model: OutputFile
    let data: (file: OutputFile, name: String)?
  }

  /// Writes the document.
  ///
  /// - Parameters:
  ///   - path: The target, or `-` for standard output.
  ///   - policy: Where tensors are stored.
  ///   - isAcceptable: Asked, with the model's size, when all bytes are written but none can be seen yet; false or
  ///     an error abandons them.
  /// - Returns: The size of the model, nil where it was abandoned.
  /// - Throws: `unwritable`, `unsupported` for a model over 2 GiB.
  package func write(
    to path: String, policy: StoragePolicy, isAcceptable: (Int) throws -> Bool
  ) throws -> Int? {
    let prepared = try prepare(path, place(policy))
    guard try isAcceptable(prepared.model.size) else { return nil }
    let old = OldDataFile(of: path)
    if let (file, name) = prepared.data { try file.commit(as: FileName(path).sibling(name)) }
    do throws(ModelFileError) {
      try prepared.model.commit()
    } catch {
      if let (_, name) = prepared.data, name != old?.name { OldDataFile.remove(name, beside: path) }
      throw error
    }
    if let old, old.name != prepared.data?.name { OldDataFile.remove(old.name, beside: path) }
    return prepared.model.size
  }

  /// The size that the model would have, without its data file.
  package func size(at path: String, under policy: StoragePolicy) throws(ModelFileError) -> Int {
    let external = place(policy)
    // The length of the location counts, its text does not.
    try setPlaces(layout(external), location: dataName(path, hash: "0123456789abcdef"))
    return MessageWriter.size(of: document.tree)
  }

  /// Decides for each tensor whether it is external.
  private func place(_ policy: StoragePolicy) -> [TensorView] {
    let all = document.allTensors()
    switch policy {
    case .inline:
      for tensor in all { tensor.storeInline() }
      return []
    case .external:
      for tensor in document.allInitializers() where isLarge(tensor) { tensor.storeExternally() }
    case .asRead:
      if all.contains(where: \.isExternal) {
        for tensor in all where tensor.isNew && isLarge(tensor) { tensor.storeExternally() }
      }
    }
    return all.filter(\.isExternal)
  }

  private func isLarge(_ tensor: TensorView) -> Bool {
    guard let size = tensor.content?.byteCount, size > 0 else { return false }
    return tensor.shape.count >= 2 || size >= StoragePolicy.smallestExternalVector
  }

  private func prepare(_ path: String, _ external: [TensorView]) throws(ModelFileError) -> Prepared {
    guard !external.isEmpty else { return Prepared(model: try writeModel(path, extra: 0), data: nil) }
    guard path != "-" else {
      throw ModelFileError(
        .unwritable, path: path, "standard output takes no data file; ask for inline data instead")
    }
    let places = layout(external)
    let total = places.last.map { $0.offset + $0.content.byteCount } ?? 0
    let file = try OutputFile(path: path, expectedSize: total)
    let writer = DataFileWriter(to: file, through: buffer) { progress?($0, total) }
    for place in places { try writer.write(place.content, at: place.offset) }
    let name = dataName(path, hash: writer.contentHash)
    try setPlaces(places, location: name)
    return Prepared(model: try writeModel(path, extra: total), data: (file, name))
  }

  private func dataName(_ path: String, hash: String) -> String { "\(FileName(path).name).\(hash).data" }

  /// Lays tensors out in a data file, each where a page begins.
  private func layout(_ external: [TensorView]) -> [Place] {
    var places: [Place] = []
    var end = 0
    for tensor in external {
      guard let content = tensor.content else { continue }
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

  private func writeModel(_ path: String, extra: Int) throws(ModelFileError) -> OutputFile {
    let size = MessageWriter.size(of: document.tree)
    guard size <= Int(Int32.max) else {
      throw ModelFileError(
        .unsupported, path: path,
        "the model would hold \(size) bytes but a protobuf message holds at most \(Int32.max); use --external-data")
    }
    let file = try OutputFile(path: path, expectedSize: size)
    let writer = MessageWriter(document.tree, to: file, through: buffer) { progress?(extra + $0, extra + size) }
    try writer.write()
    precondition(file.size == size, "protobuf-c must write as many bytes as it announced")
    return file
  }
}
