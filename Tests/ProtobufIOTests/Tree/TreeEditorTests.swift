import CONNXSchema
import CProtobufC
import Testing

@testable import ProtobufIO

@Suite struct TreeEditorTests {
  private typealias Tensor = Onnx__TensorProto
  private let folder = TemporaryFolder()

  @Test func `a copied message stands in its place and the original in the other tree`() throws {
    let original = try tree(["a", "b", "c"])
    let before = unsafe tensors(of: original)
    let editor = try TreeEditor(original)
    let copy = try unsafe editor.copy(of: before[1])
    unsafe copy.pointee.name = try editor.tree.string(Array("new".utf8))
    let again = try unsafe editor.copy(of: before[1])
    #expect(unsafe again == copy)
    try editor.connect()
    let after = unsafe tensors(of: editor.tree)
    #expect(unsafe tensors(of: original) == before)
    #expect(unsafe after == [before[0], copy, before[2]])
    #expect(unsafe before.map { unsafe String(cString: $0.pointee.name) } == ["a", "b", "c"])
    #expect(unsafe after.map { unsafe String(cString: $0.pointee.name) } == ["a", "new", "c"])
  }

  @Test func `a list may name a copy by what that was made of`() throws {
    let original = try tree(["a", "b"])
    let before = unsafe tensors(of: original)
    let editor = try TreeEditor(original)
    let graph = try unsafe editor.copy(of: graph(of: original))
    let list = try unsafe editor.tree.allocate(3, of: UnsafeMutablePointer<Tensor>?.self)
    let copy = try unsafe editor.copy(of: before[0])
    for unsafe(index, tensor) in unsafe [before[1], before[0], copy].enumerated() { unsafe list[index] = tensor }
    unsafe (graph.pointee.initializer, graph.pointee.n_initializer) = unsafe (list, 3)
    try editor.connect()
    #expect(unsafe tensors(of: editor.tree) == [before[1], copy, copy])
    #expect(unsafe tensors(of: original) == before)
  }

  @Test func `nothing is copied but the root where nothing is edited`() throws {
    let original = try tree(["a"])
    let editor = try TreeEditor(original)
    try editor.connect()
    #expect(unsafe editor.tree.root != original.root)
    #expect(unsafe graph(of: editor.tree) == graph(of: original))
  }

  @Test func `each tree has payloads of its own behind those that both have`() throws {
    let original = try tree(["a", "b"])
    let shared = PayloadID(index: 1)
    let editors = [try TreeEditor(original), try TreeEditor(original)]
    let first = editors[0].tree.add(PayloadContent(.bytes([7])))
    let second = editors[1].tree.add(PayloadContent(.bytes([8])))
    let inner = try TreeEditor(editors[0].tree)
    let third = inner.tree.add(PayloadContent(.bytes([9])))
    #expect(first == PayloadID(index: 2) && second == first && third == PayloadID(index: 3))
    #expect(try editors[0].tree[first].elements(of: UInt8.self) == [7])
    #expect(try editors[1].tree[second].elements(of: UInt8.self) == [8])
    #expect(try inner.tree[first].elements(of: UInt8.self) == [7])
    #expect(try inner.tree[third].elements(of: UInt8.self) == [9])
    for tree in editors.map(\.tree) + [original, inner.tree] {
      #expect(try tree[shared].elements(of: UInt8.self) == [1])
    }
  }

  @Test func `a tree that another one is made of takes no more payloads`() async {
    await #expect(processExitsWith: .failure) {
      let message = WireMessage { $0.message(Field.graph) { _ in } }
      let tree = try MessageTree(try TemporaryFolder().source(message.bytes), schema: .onnx)
      _ = try TreeEditor(tree)
      _ = tree.add(PayloadContent(.bytes([1])))
    }
  }

  @Test func `both trees share one budget`() throws {
    let original = try tree(["a"])
    _ = unsafe try original.allocate(1 << 27, of: UInt8.self)
    let editor = try TreeEditor(original)
    let error = ModelFileError(
      .overBudget, path: folder.path("model"), "its structure needs more than 268435456 bytes of memory")
    #expect(throws: error) { _ = unsafe try editor.tree.allocate(1 << 27, of: UInt8.self) }
  }

  /// A graph with initializers, of which each has its place for its one byte.
  private func tree(_ names: [String]) throws(ModelFileError) -> MessageTree {
    let message = WireMessage {
      $0.message(Field.graph) { graph in
        for (index, name) in names.enumerated() {
          graph.message(Field.Graph.initializer) {
            $0.string(8, name)
            $0.bytes(Field.Tensor.rawData, [UInt8(index)])
          }
        }
      }
    }
    return try MessageTree(try folder.source(message.bytes), schema: .onnx)
  }

  private func graph(of tree: MessageTree) -> UnsafeMutablePointer<Onnx__GraphProto> {
    let model = unsafe UnsafeMutableRawPointer(tree.root).assumingMemoryBound(to: Onnx__ModelProto.self)
    guard let graph = unsafe model.pointee.graph else { preconditionFailure("the model must have a graph") }
    return unsafe graph
  }

  private func tensors(of tree: MessageTree) -> [UnsafeMutablePointer<Tensor>] {
    let graph = unsafe graph(of: tree)
    return unsafe UnsafeBufferPointer(start: graph.pointee.initializer, count: graph.pointee.n_initializer)
      .compactMap { unsafe $0 }
  }
}
