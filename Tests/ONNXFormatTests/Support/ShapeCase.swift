import ModelGraph
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// One node with its inputs, and the shapes that its outputs must be known to have.
///
/// Shapes are written as text, `N,3,?`: numbers, names of sizes, and `?` for what is not known.
struct ShapeCase: Sendable {
  enum Input: Sendable {
    case shape(String)
    case integers([Int])
    case floats([Float])
    /// A vector of so many integers that only a run knows.
    case vector(Int)
    case unranked
    case absent
  }

  let type: String
  let opset: Int
  let inputs: [Input]
  let attributes: [AttributeBytes]
  let expected: [String?]

  /// A node with several outputs.
  init(
    _ type: String, opset: Int = 17, _ inputs: [Input], _ attributes: [AttributeBytes] = [], outputs: [String?]
  ) {
    self.type = type
    self.opset = opset
    self.inputs = inputs
    self.attributes = attributes
    expected = outputs
  }

  init(
    _ type: String, opset: Int = 17, _ inputs: [Input], _ attributes: [AttributeBytes] = [], gives output: String?
  ) {
    self.init(type, opset: opset, inputs, attributes, outputs: [output])
  }

  /// The shapes that are read.
  func read(in folder: TemporaryFolder) throws -> [String?] {
    let names = inputs.indices.map { "i\($0)" }
    let outputs = expected.indices.map { "y\($0)" }
    let reading = try ModelBytes(opset: opset) { graph in
      for (name, input) in zip(names, inputs) { Self.add(input, name, to: &graph) }
      let present = zip(names, inputs).map { name, input in if case .absent = input { "" } else { name } }
      graph.node(type, present, outputs, attributes: attributes)
    }.reading(in: folder)
    return outputs.map { reading.text(of: Name($0)) }
  }

  private static func add(_ input: Input, _ name: String, to graph: inout GraphBytes) {
    switch input {
    case .shape(let text): graph.input(name, sizes: text.split(separator: ",").map { String($0) })
    case .integers(let values): graph.initializer(.int64(name, [values.count], values))
    case .floats(let values): graph.initializer(name, [values.count], values)
    case .vector(let count): graph.input(name, [count], type: 7)
    case .unranked: graph.input(name, nil)
    case .absent: break
    }
  }
}

extension ShapeCase: CustomTestStringConvertible {
  var testDescription: String { "\(type) of opset \(opset): \(inputs) → \(expected)" }
}

extension ModelReading {
  /// A value's shape as text, nil where it is not known.
  func text(of name: Name) -> String? { value(name)?.shape.map { text(of: $0.dimensions) } }

  /// Sizes as text; `#` stands for a symbol that the model itself does not name.
  func text(of dimensions: [Dimension]) -> String {
    dimensions.map { dimension in
      switch dimension {
      case .size(let size): "\(size)"
      case .symbol(let symbol): source.symbols.indices.contains(symbol) ? "\(source.symbols[symbol])" : "#"
      case .unknown: "?"
      }
    }.joined(separator: ",")
  }
}
