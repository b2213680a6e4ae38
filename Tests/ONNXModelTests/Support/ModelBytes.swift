package import ProtobufIOTests

/// The bytes of an ONNX model, part by part: nothing is checked.
package struct ModelBytes: Sendable {
  package var irVersion: Int? = 8

  /// The operator sets that the model imports, in order.
  package var opsets: [(domain: String, version: Int)] = [("", 17)]
  package var graph = GraphBytes()
  package var functions: [WireMessage] = []
  package var training: [WireMessage] = []

  package init(opset: Int = 17, irVersion: Int? = 8, _ build: (inout GraphBytes) -> Void = { _ in }) {
    opsets = [("", opset)]
    self.irVersion = irVersion
    build(&graph)
  }

  package var bytes: [UInt8] {
    WireMessage {
      if let irVersion { $0.varint(1, irVersion) }
      $0.message(7, graph.message)
      for opset in opsets { $0.message(8, Self.opset(opset.domain, opset.version)) }
      for info in training { $0.message(20, info) }
      for function in functions { $0.message(25, function) }
    }.bytes
  }

  package mutating func function(
    _ name: String, domain: String, inputs: [String], outputs: [String], opsets: [(domain: String, version: Int)],
    _ build: (inout GraphBytes) -> Void
  ) {
    let body = GraphBytes(build)
    functions.append(
      WireMessage {
        $0.string(1, name)
        for input in inputs { $0.string(4, input) }
        for output in outputs { $0.string(5, output) }
        for node in body.nodes { $0.message(7, node) }
        for opset in opsets { $0.message(9, Self.opset(opset.domain, opset.version)) }
        $0.string(10, domain)
      })
  }

  private static func opset(_ domain: String, _ version: Int) -> WireMessage {
    WireMessage {
      $0.string(1, domain)
      $0.varint(2, version)
    }
  }
}
