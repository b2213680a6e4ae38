import CONNXSchema
package import ProtobufIO
package import RecordedData

/// One ONNX model in memory, its payloads in their files.
///
/// Views of its parts keep it alive. It belongs to one thread, and never changes: `DocumentEditor` makes others of it.
@safe
package final class ONNXDocument: TensorFile {
  let model: UnsafeMutablePointer<Onnx__ModelProto>

  private let files: ConfinedFiles?

  private static let schema: MessageSchema = {
    var empty = unsafe Onnx__ModelProto()
    unsafe onnx__model_proto__init(&empty)
    guard let descriptor = unsafe empty.base.descriptor else {
      preconditionFailure("generated code must name its descriptor")
    }
    return unsafe MessageSchema(root: descriptor, lifting: TensorFile.payloads)
  }()

  /// Reads a model whose external data lies in the folders that `files` allows.
  ///
  /// - Throws: `ModelFileError` for a file that is no ONNX model, or whose tensors do not hold what their
  ///   shapes say.
  package convenience init(_ source: FileSource, externalFiles files: ConfinedFiles) throws(ModelFileError) {
    try self.init(bare: source, externalFiles: files)
    for tensor in allTensors() {
      if tensor.isExternal { try tensor.attachExternalData(from: files) }
      try tensor.checkLength()
    }
  }

  /// Reads the model without its external data.
  private init(bare source: FileSource, externalFiles files: ConfinedFiles? = nil) throws(ModelFileError) {
    guard source.size > 0 else {
      throw ModelFileError(.malformed, path: source.path, "is empty")
    }
    let tree = try MessageTree(source, schema: Self.schema)
    unsafe model = UnsafeMutableRawPointer(tree.root).assumingMemoryBound(to: Onnx__ModelProto.self)
    guard unsafe model.pointee.graph != nil else {
      throw ModelFileError(.malformed, path: source.path, "is no ONNX model: it has no graph")
    }
    self.files = files
    super.init(tree: tree)
  }

  /// A document that is about to become another one than the original, whose parts it shares.
  ///
  /// - Parameter tree: One that shares the parts of the original's.
  init(editing original: ONNXDocument, in tree: MessageTree) {
    unsafe model = UnsafeMutableRawPointer(tree.root).assumingMemoryBound(to: Onnx__ModelProto.self)
    files = original.files
    super.init(tree: tree, original: original)
  }

  /// The locations of external data that a model names; the data itself is not looked at.
  package static func externalLocations(in source: FileSource) throws(ModelFileError) -> [String] {
    let document = try ONNXDocument(bare: source)
    return document.allTensors().compactMap { $0.isExternal ? $0.externalLocation?.description : nil }
  }

  /// Whether a file may be a model that names another file, whose name begins with `name`.
  ///
  /// - Returns: False for a file that is no model, or whose structure does not hold the name.
  /// - Throws: `unreadable`; `overBudget` where the structure is too large to look at.
  /// - Complexity: O(structure), without a tree of it.
  package static func mayName(_ name: FilePath, in source: FileSource) throws(ModelFileError) -> Bool {
    do throws(ModelFileError) {
      return try MessageTree.structure(of: source, schema: schema, holds: name.bytes)
    } catch {
      guard error.code == .malformed || error.code == .unsupported else { throw error }
      return false
    }
  }

  /// The files that hold the model's external data.
  package var dataFiles: [FileSource] { files?.opened ?? [] }

  package var irVersion: Int {
    unsafe model.pointee.has_ir_version != 0 ? Int(model.pointee.ir_version) : 0
  }

  /// The operator sets that the model itself imports.
  package var opsetImports: [OpsetImport] {
    unsafe messages(model.pointee.opset_import, model.pointee.n_opset_import).map { unsafe OpsetImport($0) }
  }

  package var graph: GraphView {
    guard let graph = unsafe model.pointee.graph else {
      preconditionFailure("a document must have a graph")
    }
    return unsafe GraphView(document: self, pointer: graph)
  }

  package var functions: [FunctionView] {
    unsafe messages(model.pointee.functions, model.pointee.n_functions).map {
      unsafe FunctionView(document: self, pointer: $0)
    }
  }

  /// The graphs that training runs, with the names that its bindings update.
  package var trainingGraphs: [GraphView] {
    unsafe trainingInfo.flatMap { info in
      unsafe [info.pointee.algorithm, info.pointee.initialization].compactMap { graph in
        unsafe graph.map { unsafe GraphView(document: self, pointer: $0) }
      }
    }
  }

  /// The names that training updates.
  package var trainingBindings: [Name] {
    unsafe trainingInfo.flatMap { info in
      let all =
        unsafe messages(info.pointee.initialization_binding, info.pointee.n_initialization_binding)
        + messages(info.pointee.update_binding, info.pointee.n_update_binding)
      return unsafe all.flatMap { unsafe [Name($0.pointee.key), Name($0.pointee.value)] }
    }
  }

  private var trainingInfo: [UnsafeMutablePointer<Onnx__TrainingInfoProto>] {
    unsafe messages(model.pointee.training_info, model.pointee.n_training_info)
  }
}
