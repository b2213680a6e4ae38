package import CProtobufC

/// One unpacked message tree whose payloads are still in their files.
///
/// It owns the tree's memory; whoever walks the tree keeps this object alive. What is made for it comes from the same
/// arena, and nothing is freed before the whole. A tree that `TreeEditor` makes of another shares that one's parts, which
/// it keeps alive, and has an arena and payloads of its own besides.
@safe
package final class MessageTree {
  /// The file that the tree was read from.
  package let source: FileSource

  /// The outermost message.
  package let root: UnsafeMutablePointer<ProtobufCMessage>

  let schema: MessageSchema
  private let arena: Arena
  /// The tree whose parts this one shares; nil for one that was read.
  private let original: MessageTree?
  /// The number of payloads that the tree has from the original.
  private let sharedCount: Int
  private var payloads: [PayloadContent]
  /// Whether another tree counts its payloads from those of this one.
  private var isShared = false

  /// Reads a file.
  ///
  /// - Parameter pieceLimit: The most bytes of a payload that comes in several pieces, which are read and joined.
  /// - Throws: What `WireScanner.scan` throws; `malformed` where protobuf-c refuses; `overBudget`.
  package init(
    _ source: FileSource, schema: MessageSchema, pieceLimit: Int = 1 << 28
  ) throws(ModelFileError) {
    self.source = source
    self.schema = schema
    let skeleton = try WireScanner(source, schema: schema).scan()
    let arena = Arena(budget: max(1 << 28, skeleton.bytes.count.multipliedReportingOverflow(by: 32).partialValue))
    let descriptor = unsafe schema.messages[0].descriptor
    let root = unsafe skeleton.bytes.withUnsafeBufferPointer { bytes in
      unsafe arena.withAllocator { allocator in
        unsafe protobuf_c_message_unpack(descriptor, allocator, bytes.count, bytes.baseAddress)
      }
    }
    guard let root = unsafe root else {
      guard !arena.isExhausted else { throw Self.overBudget(arena, source) }
      let lack = schema.hasRequiredFields ? " or a required field is missing" : ""
      throw ModelFileError(
        .malformed, path: source.path, "is not a valid protobuf message: a packed field is cut off\(lack)")
    }
    unsafe self.root = root
    self.arena = arena
    (original, sharedCount) = (nil, 0)
    payloads = skeleton.payloads.map {
      PayloadContent(.range(source, offset: $0.lowerBound, count: $0.count))
    }
    try unsafe PayloadPatcher(tree: self, schema: schema, pieceLimit: pieceLimit).patch(root, message: 0)
    ReadingCounter.current?.noteTree(of: source.path)
  }

  /// A tree that shares all of another one but its root, which is copied.
  ///
  /// - Precondition: Nothing is added to the other one's payloads any more.
  init(sharing original: MessageTree) throws(ModelFileError) {
    (source, schema, self.original) = (original.source, original.schema, original)
    // Both together may use what the one might have used alone.
    arena = Arena(budget: original.arena.budget, used: original.arena.used)
    (sharedCount, payloads) = (original.sharedCount + original.payloads.count, [])
    original.isShared = true
    let size = unsafe original.root.pointee.descriptor.pointee.sizeof_message
    guard let copy = unsafe arena.allocate(size) else { throw Self.overBudget(arena, source) }
    unsafe copy.copyMemory(from: original.root, byteCount: size)
    unsafe root = copy.bindMemory(to: ProtobufCMessage.self, capacity: 1)
  }

  /// Whether a file's structure, which is all but the payloads, holds some bytes.
  ///
  /// - Throws: What `WireScanner.scan` throws; `overBudget` for a structure of more than 64 MB.
  package static func structure(
    of source: FileSource, schema: MessageSchema, holds bytes: [UInt8]
  ) throws(ModelFileError) -> Bool {
    ByteText.contains(try WireScanner(source, schema: schema, byteLimit: 1 << 26).scan().bytes, bytes)
  }

  /// The bytes that a payload stands for.
  package subscript(payload: PayloadID) -> PayloadContent {
    guard payload.index < sharedCount, let original else { return payloads[payload.index - sharedCount] }
    return original[payload]
  }

  /// Registers new bytes.
  ///
  /// - Precondition: No other tree shares this one's parts.
  package func add(_ content: PayloadContent) -> PayloadID {
    precondition(!isShared, "a tree that another one is made of must stay as it is")
    payloads.append(content)
    return PayloadID(index: sharedCount + payloads.count - 1)
  }

  /// The address to put into the tree for a payload.
  package func address(of payload: PayloadID) -> UnsafeMutableRawPointer? { unsafe payload.address }

  /// The payload that an address in the tree stands for, nil for bytes in memory.
  package func payload(at address: UnsafeRawPointer?) -> PayloadID? { unsafe PayloadID(address: address) }

  /// Zeroed memory that lives as long as the tree.
  ///
  /// - Throws: `overBudget`.
  package func allocate<T>(_ count: Int, of type: T.Type) throws(ModelFileError) -> UnsafeMutablePointer<T> {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<T>.stride)
    guard !overflow, let memory = unsafe arena.allocate(max(bytes, 1)) else { throw Self.overBudget(arena, source) }
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(bytes, 1))
    return unsafe memory.bindMemory(to: T.self, capacity: count)
  }

  /// A NUL-terminated copy of a string that lives as long as the tree.
  ///
  /// - Precondition: The bytes hold no NUL.
  package func string(_ bytes: [UInt8]) throws(ModelFileError) -> UnsafeMutablePointer<CChar> {
    let memory = try unsafe allocate(bytes.count + 1, of: CChar.self)
    for (index, byte) in bytes.enumerated() { unsafe memory[index] = CChar(bitPattern: byte) }
    return unsafe memory
  }

  private static func overBudget(_ arena: Arena, _ source: FileSource) -> ModelFileError {
    ModelFileError(.overBudget, path: source.path, "its structure needs more than \(arena.budget) bytes of memory")
  }
}
