package import ProtobufIOTests

/// The bytes of an ONNX graph, part by part: nothing is checked.
package struct GraphBytes: Sendable {
  package var name = "g"
  package private(set) var nodes: [WireMessage] = []
  package private(set) var initializers: [WireMessage] = []
  package private(set) var inputs: [WireMessage] = []
  package private(set) var outputs: [WireMessage] = []
  private var valueInfo: [WireMessage] = []
  private var annotations: [WireMessage] = []
  private var sparse: [WireMessage] = []

  package init() {}

  package init(_ build: (inout GraphBytes) -> Void) { build(&self) }

  package var message: WireMessage {
    WireMessage {
      for node in nodes { $0.message(1, node) }
      $0.string(2, name)
      for tensor in initializers { $0.message(5, tensor) }
      for input in inputs { $0.message(11, input) }
      for output in outputs { $0.message(12, output) }
      for info in valueInfo { $0.message(13, info) }
      for annotation in annotations { $0.message(14, annotation) }
      for tensor in sparse { $0.message(15, tensor) }
    }
  }

  package mutating func node(
    _ type: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String = "",
    _ attributes: AttributeBytes...
  ) { node(type, inputs, outputs, name: name, domain: domain, attributes: attributes) }

  package mutating func node(
    _ type: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String = "",
    attributes: [AttributeBytes]
  ) {
    nodes.append(
      WireMessage {
        for input in inputs { $0.string(1, input) }
        for output in outputs { $0.string(2, output) }
        if !name.isEmpty { $0.string(3, name) }
        $0.string(4, type)
        for attribute in attributes { $0.message(5, attribute.message) }
        if !domain.isEmpty { $0.string(7, domain) }
      })
  }

  package mutating func initializer(_ tensor: TensorBytes) { initializers.append(tensor.message) }

  /// A float32 initializer in raw data; without values its elements count from 1.
  package mutating func initializer(_ name: String, _ shape: [Int], _ values: [Float]? = nil) {
    initializer(TensorBytes(name, shape, values))
  }

  /// A graph input of a type and shape; `nil` sizes are symbolic, a `nil` shape has no rank.
  package mutating func input(_ name: String, _ shape: [Int?]?, type: Int = 1) {
    inputs.append(Self.info(name, shape, type))
  }

  package mutating func output(_ name: String, _ shape: [Int?]? = nil, type: Int = 1) {
    outputs.append(Self.info(name, shape, type))
  }

  package mutating func note(_ name: String, _ shape: [Int?]?, type: Int = 1) {
    valueInfo.append(Self.info(name, shape, type))
  }

  /// A graph input whose sizes are written as text: a number, a name, or `?` for a size without a name.
  package mutating func input(_ name: String, sizes: [String], type: Int = 1) {
    inputs.append(Self.info(name, sizes: sizes, type))
  }

  /// What the graph says of a value, with its sizes written as text.
  package mutating func note(_ name: String, sizes: [String], type: Int = 1) {
    valueInfo.append(Self.info(name, sizes: sizes, type))
  }

  package mutating func annotate(_ name: String, parameters: [String]) {
    annotations.append(
      WireMessage {
        $0.string(1, name)
        for parameter in parameters {
          $0.message(2) {
            $0.string(1, "SCALE_TENSOR")
            $0.string(2, parameter)
          }
        }
      })
  }

  package mutating func sparseInitializer(values: TensorBytes, indices: TensorBytes, shape: [Int]) {
    sparse.append(
      WireMessage {
        $0.message(1, values.message)
        $0.message(2, indices.message)
        for size in shape { $0.varint(3, size) }
      })
  }

  private static func info(_ name: String, _ shape: [Int?]?, _ type: Int) -> WireMessage {
    info(name, sizes: shape?.map { $0.map { String($0) } ?? "N" }, type)
  }

  private static func info(_ name: String, sizes: [String]?, _ type: Int) -> WireMessage {
    WireMessage {
      $0.string(1, name)
      $0.message(2) {
        $0.message(1) { tensor in
          tensor.varint(1, type)
          guard let sizes else { return }
          tensor.message(2) {
            for size in sizes {
              $0.message(1) { dimension in
                if let number = Int(size) {
                  dimension.varint(1, number)
                } else if size != "?" {
                  dimension.string(2, size)
                }
              }
            }
          }
        }
      }
    }
  }
}
