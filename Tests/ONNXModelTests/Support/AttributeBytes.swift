package import ProtobufIOTests

/// The bytes of a node's attribute.
package struct AttributeBytes: Sendable {
  package let message: WireMessage

  package init(_ name: String, type: Int?, _ build: (inout WireMessage) -> Void) {
    message = WireMessage {
      $0.string(1, name)
      build(&$0)
      if let type { $0.varint(20, type) }
    }
  }

  package static func float(_ name: String, _ value: Float) -> AttributeBytes {
    AttributeBytes(name, type: 1) { $0.fixed32(2, value.bitPattern) }
  }

  package static func int(_ name: String, _ value: Int) -> AttributeBytes {
    AttributeBytes(name, type: 2) { $0.varint(3, value) }
  }

  package static func string(_ name: String, _ value: String) -> AttributeBytes {
    AttributeBytes(name, type: 3) { $0.string(4, value) }
  }

  package static func tensor(_ name: String, _ value: TensorBytes) -> AttributeBytes {
    AttributeBytes(name, type: 4) { $0.message(5, value.message) }
  }

  package static func graph(_ name: String, _ value: GraphBytes) -> AttributeBytes {
    AttributeBytes(name, type: 5) { $0.message(6, value.message) }
  }

  package static func floats(_ name: String, _ values: [Float]) -> AttributeBytes {
    AttributeBytes(name, type: 6) { for value in values { $0.fixed32(7, value.bitPattern) } }
  }

  package static func ints(_ name: String, _ values: [Int]) -> AttributeBytes {
    AttributeBytes(name, type: 7) { for value in values { $0.varint(8, value) } }
  }

  /// An attribute whose value the call of the function around gives.
  package static func reference(_ name: String, to other: String, type: Int) -> AttributeBytes {
    AttributeBytes(name, type: type) { $0.string(21, other) }
  }
}
