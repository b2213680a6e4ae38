import BatchNormFolding
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Integers of quantized weights, of eight bits each.
extension ConstantContents {
  func obstacle(toNegating channels: [Int], of linear: OperatorID) throws -> DeclineReason? {
    guard let weight = indirectWeights[linear]?.quantization else { return nil }
    guard try negated(weight, in: Set(channels)) == nil else { return nil }
    let type = constants[weight.integers.index].type
    let obstacle =
      Self.range(of: type) == nil
      ? "the signs of \(type.name) are not turned" : "not all of its integers have a negative in range"
    return DeclineReason(
      .weightQuantized, "channel \(channels[0]) would be scaled by a negative number, and \(obstacle)")
  }

  /// The integers of a weight with the sign of some channels turned, `2 · zero point − integer`; nil where one is out of
  /// range, or the integers are of another type than eight bits.
  ///
  /// - Complexity: O(integers), in their memory.
  func negated(_ weight: QuantizedWeight, in channels: Set<Int>) throws(ModelFileError) -> [UInt8]? {
    let type = constants[weight.integers.index].type
    guard let map = weight.map, weight.blockSize == 0, let range = Self.range(of: type),
      var bytes = try content(of: weight.integers)?.elements(of: UInt8.self), bytes.count == map.elementCount,
      let zeros = try zeroPoints(weight, channels: map.channels)
    else { return nil }
    for index in bytes.indices {
      let channel = map.channel(ofElement: index)
      guard channels.contains(channel) else { continue }
      let turned = 2 * zeros[channel] - Self.number(bytes[index], type)
      guard range.contains(turned) else { return nil }
      bytes[index] = UInt8(truncatingIfNeeded: turned)
    }
    return bytes
  }

  /// The zero point of each channel, nil where they are of another type.
  private func zeroPoints(_ weight: QuantizedWeight, channels: Int) throws(ModelFileError) -> [Int]? {
    guard let id = weight.zeroPoint else { return Array(repeating: 0, count: channels) }
    let type = constants[id.index].type
    guard Self.range(of: type) != nil, let bytes = try content(of: id)?.elements(of: UInt8.self) else { return nil }
    let numbers = bytes.map { Self.number($0, type) }
    if let only = numbers.first, numbers.count == 1 { return Array(repeating: only, count: channels) }
    return numbers.count == channels ? numbers : nil
  }

  /// The bits of the one element that a constant of any type holds; nil where it holds more, or they cannot be read.
  func pattern(of id: ConstantID) throws(ModelFileError) -> (bits: Int, bitWidth: Int)? {
    let constant = constants[id.index]
    guard let bitWidth = constant.type.bitWidth, bitWidth < Int.bitWidth, constant.shape.elementCount == 1,
      let bytes = try elementBytes(of: id)?.elements(of: UInt8.self), bytes.count == (bitWidth + 7) / 8
    else { return nil }
    let bits = bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    return (bits & (1 << bitWidth - 1), bitWidth)
  }

  /// The elements like `content`, of the types too of which no fold is made.
  func elementBytes(of id: ConstantID) -> PayloadContent? {
    switch constants[id.index].origin {
    case .initializer(let tensor, _), .node(let tensor, _): tensor.elementBytes
    case .alias(let other): elementBytes(of: other)
    default: content(of: id)
    }
  }

  private static func range(of type: DataType) -> ClosedRange<Int>? {
    switch type {
    case .int8: -128...127
    case .uint8: 0...255
    default: nil
    }
  }

  private static func number(_ byte: UInt8, _ type: DataType) -> Int {
    type == .int8 ? Int(Int8(bitPattern: byte)) : Int(byte)
  }
}
