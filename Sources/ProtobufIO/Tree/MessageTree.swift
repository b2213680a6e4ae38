package import CProtobufC

/// One unpacked message tree whose payloads are still in their files.
///
/// It owns the tree's memory; whoever walks the tree keeps this object alive. Edits allocate from the same
/// arena, and nothing is freed before the whole.
@safe
package final class MessageTree {
  /// The file that the tree was read from.
  package let source: FileSource

  /// The outermost message.
  package let root: UnsafeMutablePointer<ProtobufCMessage>

  private let arena: Arena
  private var payloads: [PayloadContent]

  /// Reads a file.
  ///
  /// - Parameter pieceLimit: The most bytes of a payload that comes in several pieces, which are read and joined.
  /// - Throws: What `WireScanner.scan` throws; `malformed` where protobuf-c refuses; `overBudget`.
  package init(
    _ source: FileSource, schema: MessageSchema, pieceLimit: Int = 1 << 28
  ) throws(ModelFileError) {
    self.source = source
    let skeleton = try WireScanner(source, schema: schema).scan()
    let arena = Arena(budget: max(1 << 28, skeleton.bytes.count.multipliedReportingOverflow(by: 32).partialValue))
    let descriptor = unsafe schema.messages[0].descriptor
    let root = unsafe skeleton.bytes.withUnsafeBufferPointer { bytes in
      unsafe arena.withAllocator { allocator in
        unsafe protobuf_c_message_unpack(descriptor, allocator, bytes.count, bytes.baseAddress)
      }
    }
    guard let root = unsafe root else {
      guard !arena.isExhausted else {
        throw ModelFileError(
          .overBudget, path: source.path, "its structure needs more than \(arena.budget) bytes of memory")
      }
      let lack = schema.hasRequiredFields ? " or a required field is missing" : ""
      throw ModelFileError(
        .malformed, path: source.path, "is not a valid protobuf message: a packed field is cut off\(lack)")
    }
    unsafe self.root = root
    self.arena = arena
    payloads = skeleton.payloads.map {
      PayloadContent(.range(source, offset: $0.lowerBound, count: $0.count))
    }
    try unsafe PayloadPatcher(tree: self, schema: schema, pieceLimit: pieceLimit).patch(root, message: 0)
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
  package subscript(payload: PayloadID) -> PayloadContent { payloads[payload.index] }

  /// Registers new bytes.
  package func add(_ content: PayloadContent) -> PayloadID {
    payloads.append(content)
    return PayloadID(index: payloads.count - 1)
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
    guard !overflow, let memory = unsafe arena.allocate(max(bytes, 1)) else {
      throw ModelFileError(
        .overBudget, path: source.path, "its structure needs more than \(arena.budget) bytes of memory")
    }
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
}
