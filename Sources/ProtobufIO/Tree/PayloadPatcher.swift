import CProtobufC

/// Replaces the payload indices that the skeleton carried by addresses that stand for the payloads.
struct PayloadPatcher {
  let tree: MessageTree
  let schema: MessageSchema

  /// The most bytes of a payload that comes in several pieces.
  let pieceLimit: Int

  /// Patches a message and all below it; the scan has bounded the depth.
  func patch(
    _ message: UnsafeMutablePointer<ProtobufCMessage>, message index: Int
  ) throws(ModelFileError) {
    let base = UnsafeMutableRawPointer(message)
    for place in schema.messages[index].leadingToPayloads {
      let field = schema.messages[index].fields[place]
      let descriptor = unsafe schema.messages[index].descriptor.pointee.fields[field.descriptorIndex]
      let value = unsafe base + Int(descriptor.offset)
      let quantifier = unsafe base + Int(descriptor.quantifier_offset)
      guard unsafe MessageSchema.isInUse(descriptor, in: base) else { continue }
      if field.kind == .lifted, field.isRepeated {
        try unsafe patchElements(at: value, count: quantifier, width: field.width)
      } else if field.kind == .lifted {
        try unsafe patchBytes(at: value, descriptor)
      } else if field.isRepeated {
        let count = unsafe quantifier.load(as: Int.self)
        guard count > 0 else { continue }
        let children = unsafe value.load(as: UnsafePointer<UnsafeMutablePointer<ProtobufCMessage>>.self)
        for position in 0..<count { try unsafe patch(children[position], message: field.child) }
      } else if let child = unsafe value.load(as: UnsafeMutablePointer<ProtobufCMessage>?.self) {
        try unsafe patch(child, message: field.child)
      }
    }
  }

  private func patchElements(
    at value: UnsafeMutableRawPointer, count quantifier: UnsafeMutableRawPointer, width: Int
  ) throws(ModelFileError) {
    let count = unsafe quantifier.load(as: Int.self)
    guard count > 0, let indices = unsafe value.load(as: UnsafeRawPointer?.self) else { return }
    let payload = try unsafe joined(indices, count: count * width / 8)
    unsafe quantifier.storeBytes(of: tree[payload].byteCount / width, as: Int.self)
    unsafe value.storeBytes(of: payload.address, as: UnsafeMutableRawPointer?.self)
  }

  private func patchBytes(
    at value: UnsafeMutableRawPointer, _ descriptor: ProtobufCFieldDescriptor
  ) throws(ModelFileError) {
    var data = unsafe value.load(as: ProtobufCBinaryData.self)
    // A field that is not set holds its default, which may have the length of an index.
    let standard = unsafe descriptor.default_value?.load(as: ProtobufCBinaryData.self)
    guard unsafe data.len == 8, unsafe data.data != standard?.data else { return }
    let payload = try unsafe joined(data.data, count: 1)
    unsafe data.len = tree[payload].byteCount
    unsafe data.data = payload.address?.assumingMemoryBound(to: UInt8.self)
    unsafe value.storeBytes(of: data, as: ProtobufCBinaryData.self)
  }

  /// The one payload that a field's indices stand for; pieces of a field are read and joined.
  private func joined(_ indices: UnsafeRawPointer, count: Int) throws(ModelFileError) -> PayloadID {
    func payload(_ position: Int) -> PayloadID {
      PayloadID(index: Int(unsafe indices.loadUnaligned(fromByteOffset: position * 8, as: UInt64.self)))
    }
    if count == 1 { return payload(0) }
    var bytes: [UInt8] = []
    for position in 0..<count {
      guard case .range(let source, let offset, let length) = tree[payload(position)].origin else { continue }
      guard length <= pieceLimit - bytes.count else {
        throw ModelFileError(
          .overBudget, path: source.path, "a field in \(count) pieces holds more than \(pieceLimit) bytes")
      }
      bytes.append(contentsOf: try source.bytes(at: offset, count: length))
    }
    return tree.add(PayloadContent(.bytes(bytes)))
  }
}
