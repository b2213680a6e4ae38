package import ProtobufIOTests

/// The bytes of a tensor.
package struct TensorBytes: Sendable {
  package let message: WireMessage

  package init(_ name: String, type: Int, _ shape: [Int], _ build: (inout WireMessage) -> Void) {
    message = WireMessage {
      for size in shape { $0.varint(1, size) }
      $0.varint(2, type)
      if !name.isEmpty { $0.string(8, name) }
      build(&$0)
    }
  }

  /// A float32 tensor in raw data; without values its elements count from 1.
  package init(_ name: String, _ shape: [Int], _ values: [Float]? = nil) {
    let values = values ?? (0..<shape.reduce(1, *)).map { Float($0 + 1) }
    self.init(name, type: 1, shape, raw: littleEndian(values))
  }

  package init(_ name: String, type: Int, _ shape: [Int], raw: [UInt8]) {
    self.init(name, type: type, shape) { $0.bytes(9, raw) }
  }

  package static func int64(_ name: String, _ shape: [Int], _ values: [Int]) -> TensorBytes {
    TensorBytes(
      name, type: 7, shape, raw: values.flatMap { littleEndian(UInt64(bitPattern: Int64($0)), count: 8) })
  }

  package static func bool(_ name: String, _ value: Bool) -> TensorBytes {
    TensorBytes(name, type: 9, [], raw: [value ? 1 : 0])
  }

  /// A tensor whose elements are in another file.
  package static func external(
    _ name: String, type: Int = 1, _ shape: [Int], _ entries: [(String, String)]
  ) -> TensorBytes {
    TensorBytes(name, type: type, shape) {
      for (key, value) in entries {
        $0.message(13) {
          $0.string(1, key)
          $0.string(2, value)
        }
      }
      $0.varint(14, 1)
    }
  }
}
