import ModelGraph
import NumericKernels
import ProtobufIO
import RecordedData
import Tensors

/// Operators that make tensors out of little.
extension OperatorTable {
  mutating func addGenerators() {
    add("ConstantOfShape") { call in
      let shape = try call.integers(0)
      let value = try call.node.attributes["value"]?.tensor?.read(as: S.self) ?? Tensor([1], .float32, reals: [S.zero])
      _ = try shape.checkedCount()
      return try value.reshaped(to: []).expanded(to: shape)
    }
    add("Range", Self.range)
    add("EyeLike", Self.eyeLike)
    add("Trilu", Self.triangle)
    for (name, terms) in Self.windows { add(name) { try Self.window($0, terms) } }
  }

  private static func range(_ call: inout OperatorCall<S>) throws -> Tensor {
    let kind = try call.tensor(0).kind
    guard kind.isReal || kind.isInteger else { throw ComputationFailure("there is no range of \(kind.rawValue)") }
    if case .integer = try call.tensor(0).elements {
      let (start, limit, delta) = (try call.integer(0), try call.integer(1), try call.integer(2))
      let count = try rangeCount(Double(start), Double(limit), Double(delta))
      return try Tensor([count], kind, integers: (0..<count).map { Int64(start &+ $0 &* delta) })
    }
    let (start, limit, delta) = (try call.number(0), try call.number(1), try call.number(2))
    let count = try rangeCount(start, limit, delta)
    return try Tensor([count], kind, reals: (0..<count).map { S(start + Double($0) * delta) })
  }

  private static func rangeCount(_ start: Double, _ limit: Double, _ delta: Double) throws -> Int {
    guard delta != 0 else { throw ComputationFailure("a step of 0 never arrives") }
    let count = Int(clamped: max(0, (limit - start) / delta).rounded(.up))
    return try [count].checkedCount()
  }

  private static func eyeLike(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    guard tensor.rank == 2 else { throw ComputationFailure("shape \(tensor.shape) is no matrix") }
    let diagonal = try call.integer("k", default: 0)
    let ones = (0..<tensor.count).map { index in
      index % tensor.shape[1] - index / tensor.shape[1] == diagonal
    }
    let kind = try call.optionalInteger("dtype").map { try Self.kind($0) } ?? tensor.kind
    return try cast(Tensor(tensor.shape, booleans: ones), to: kind, saturates: true)
  }

  /// The upper or lower triangle of each matrix; 0 elsewhere.
  private static func triangle(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    guard tensor.rank >= 2 else { throw ComputationFailure("shape \(tensor.shape) is no matrix") }
    let isUpper = try call.integer("upper", default: 1) == 1
    let diagonal = try call.optionalIntegers(1)?.first ?? 0
    let (rows, columns) = (tensor.shape[tensor.rank - 2], tensor.shape[tensor.rank - 1])
    let kept = (0..<tensor.count).filter { index in
      let (row, column) = (index / columns % rows, index % columns)
      return isUpper ? column - row >= diagonal : column - row <= diagonal
    }
    return try Tensor.filled(tensor.shape, like: tensor).scattered(
      tensor.gathered(kept, shape: [kept.count]), to: kept)
  }

  /// The cosine terms of the windows of signal processing.
  private static var windows: [String: [Double]] {
    [
      "HannWindow": [0.5, -0.5], "HammingWindow": [25.0 / 46, -21.0 / 46], "BlackmanWindow": [0.42, -0.5, 0.08],
    ]
  }

  private static func window(_ call: OperatorCall<S>, _ terms: [Double]) throws -> Tensor {
    let size = try call.integer(0)
    _ = try [size].checkedCount()
    let period = Double(try call.integer("periodic", default: 1) == 1 ? size : size - 1)
    let kind = try Self.kind(call.integer("output_datatype", default: DataType.float32.rawValue))
    let elements = (0..<size).map { place in
      terms.indices.reduce(0) { $0 + terms[$1] * Double.cosine(2 * .pi * Double($1) * Double(place) / period) }
    }
    return try cast(Tensor([size], .float64, reals: elements.map { S($0) }), to: kind, saturates: true)
  }

  /// The element kind of a type's number.
  static func kind(_ number: Int) throws -> ElementType {
    guard let kind = DataType(rawValue: number).element else {
      throw ComputationFailure("element \(DataType(rawValue: number).name) is not supported")
    }
    return kind
  }
}
