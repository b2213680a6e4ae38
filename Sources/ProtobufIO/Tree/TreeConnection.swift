import CProtobufC

/// The walk over a tree that puts copies of messages in their places.
@safe
struct TreeConnection {
  private typealias Pointer = UnsafeMutablePointer<ProtobufCMessage>

  private let tree: MessageTree
  private var copies: [UnsafeMutableRawPointer: UnsafeMutableRawPointer]

  /// For each message type whether a message of it has a copy.
  private var hasCopies: [Bool]

  /// For each message type the fields that can lead to what was copied.
  private let leading: [[Int]]

  /// - Parameters:
  ///   - tree: Where further copies are made.
  ///   - copies: The copies by what they were made of.
  init(tree: MessageTree, copies: [UnsafeMutableRawPointer: UnsafeMutableRawPointer]) {
    self.tree = tree
    unsafe self.copies = copies
    let types = unsafe Set(
      copies.values.map { unsafe $0.assumingMemoryBound(to: ProtobufCMessage.self).pointee.descriptor })
    hasCopies = tree.schema.messages.map { unsafe types.contains($0.descriptor) }
    leading = tree.schema.fields(leadingTo: hasCopies)
  }

  /// What stands in the place of a message when all below it is in place; the scan has bounded the depth.
  mutating func connected(
    _ message: UnsafeMutablePointer<ProtobufCMessage>, type: Int
  ) throws(ModelFileError) -> UnsafeMutablePointer<ProtobufCMessage> {
    var current = UnsafeMutableRawPointer(message)
    var isCopy = false
    if hasCopies[type], let copy = unsafe copies[current] { unsafe (current, isCopy) = (copy, true) }
    for index in leading[type] {
      let field = tree.schema.messages[type].fields[index]
      let descriptor = unsafe tree.schema.messages[type].descriptor.pointee.fields[field.descriptorIndex]
      guard unsafe MessageSchema.isInUse(descriptor, in: current),
        let change = try unsafe changed(field, descriptor, of: current)
      else { continue }
      if !isCopy { unsafe current = try unsafe copy(of: current, type) }
      isCopy = true
      unsafe current.storeBytes(of: change, toByteOffset: Int(descriptor.offset), as: UnsafeMutableRawPointer.self)
    }
    return unsafe current.assumingMemoryBound(to: ProtobufCMessage.self)
  }

  /// What a field holds when all below it is in place; nil where that is what it holds already.
  private mutating func changed(
    _ field: MessageSchema.Field, _ descriptor: ProtobufCFieldDescriptor, of message: UnsafeMutableRawPointer
  ) throws(ModelFileError) -> UnsafeMutableRawPointer? {
    guard field.isRepeated else {
      guard let child = unsafe message.load(fromByteOffset: Int(descriptor.offset), as: Pointer?.self) else {
        return nil
      }
      let other = try unsafe connected(child, type: field.child)
      return unsafe other == child ? nil : UnsafeMutableRawPointer(other)
    }
    let count = unsafe message.load(fromByteOffset: Int(descriptor.quantifier_offset), as: Int.self)
    guard count > 0 else { return nil }
    let children = unsafe message.load(fromByteOffset: Int(descriptor.offset), as: UnsafeMutablePointer<Pointer>.self)
    var list: UnsafeMutablePointer<Pointer>?
    for position in 0..<count {
      let other = try unsafe connected(children[position], type: field.child)
      guard unsafe other != children[position] else { continue }
      if unsafe list == nil { unsafe list = try unsafe copy(of: children, count: count) }
      unsafe list?[position] = other
    }
    return UnsafeMutableRawPointer(list)
  }

  private func copy(
    of list: UnsafeMutablePointer<Pointer>, count: Int
  ) throws(ModelFileError) -> UnsafeMutablePointer<Pointer> {
    let copy = try unsafe tree.allocate(count, of: Pointer.self)
    unsafe copy.update(from: list, count: count)
    return unsafe copy
  }

  /// Copies a message around an edited one, once: two may hold the same message.
  private mutating func copy(
    of message: UnsafeMutableRawPointer, _ type: Int
  ) throws(ModelFileError) -> UnsafeMutableRawPointer {
    let size = unsafe tree.schema.messages[type].descriptor.pointee.sizeof_message
    let copy = UnsafeMutableRawPointer(try unsafe tree.allocate(size, of: UInt8.self))
    unsafe copy.copyMemory(from: message, byteCount: size)
    unsafe copies[message] = copy
    hasCopies[type] = true
    return unsafe copy
  }
}
