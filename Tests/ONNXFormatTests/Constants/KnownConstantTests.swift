import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// Values that are known before a model runs.
@Suite struct KnownConstantTests {
  private let folder = TemporaryFolder()

  @Test func `an initializer is one`() throws {
    try expect([1, 2, 3], [3]) { $0.initializer("k", [3]) }
  }

  @Test(
    arguments: [
      (.tensor("value", TensorBytes("", [2], [5, 6])), [5, 6], [2]), (.float("value_float", 5), [5], []),
      (.floats("value_floats", [5, 6]), [5, 6], [2]),
    ] as [(AttributeBytes, [Double], [Int])])
  func `a Constant is one in each of its forms`(attribute: AttributeBytes, elements: [Double], shape: [Int]) throws {
    try expect(elements, shape) { $0.node("Constant", [], ["k"], attribute) }
  }

  @Test(arguments: [
    AttributeBytes.int("value_int", 5), .ints("value_ints", [5]), .string("value_string", "x"),
    .reference("value", to: "v", type: 4),
  ])
  func `a Constant of what no fold is made of is none`(attribute: AttributeBytes) throws {
    try expectNone { $0.node("Constant", [], ["k"], attribute) }
  }

  @Test func `a filled shape is one, with 0 where it says nothing`() throws {
    try expect([0, 0, 0, 0], [2, 2]) {
      $0.initializer(.int64("s", [2], [2, 2]))
      $0.node("ConstantOfShape", ["s"], ["k"])
    }
    try expect([7], []) {
      $0.initializer(.int64("s", [0], []))
      $0.node("ConstantOfShape", ["s"], ["k"], .tensor("value", TensorBytes("", [1], [7])))
    }
  }

  @Test(arguments: [[-1], [1 << 40], [1 << 31, 1 << 31], [1 << 62, 4]])
  func `a shape that is negative or more than a file can hold is none`(shape: [Int]) throws {
    try expectNone {
      $0.initializer(.int64("s", [shape.count], shape))
      $0.node("ConstantOfShape", ["s"], ["k"])
    }
  }

  @Test func `a shape that is computed when the model runs is none`() throws {
    try expectNone {
      $0.input("s", [2], type: 7)
      $0.node("ConstantOfShape", ["s"], ["k"])
    }
  }

  struct Renaming: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let attributes: [AttributeBytes]
    let second: [Int]?
    let shape: [Int]?

    init(_ type: String, _ attributes: [AttributeBytes] = [], second: [Int]? = nil, gives shape: [Int]?) {
      (testDescription, self.attributes, self.second, self.shape) = (type, attributes, second, shape)
    }
  }

  /// Of a constant of shape [2, 1, 3].
  @Test(arguments: [
    Renaming("Identity", gives: [2, 1, 3]), Renaming("Flatten", gives: [2, 3]),
    Renaming("Flatten", [.int("axis", 0)], gives: [1, 6]),
    Renaming("Flatten", [.int("axis", 3)], gives: [6, 1]), Renaming("Flatten", [.int("axis", -1)], gives: [2, 3]),
    Renaming("Flatten", [.int("axis", 4)], gives: nil), Renaming("Reshape", second: [6], gives: [6]),
    Renaming("Reshape", second: [-1, 2], gives: [3, 2]),
    Renaming("Reshape", second: [0, 0, 3, 1], gives: [2, 1, 3, 1]),
    Renaming("Reshape", second: [-1, -1], gives: nil), Renaming("Reshape", second: [4], gives: nil),
    Renaming("Reshape", second: [-2, 3], gives: nil), Renaming("Reshape", second: [2, 3, 1, 0], gives: nil),
    Renaming("Reshape", [.ints("shape", [3, 2])], gives: [3, 2]),
    Renaming("Reshape", [.int("allowzero", 1)], second: [0, 6], gives: nil), Renaming("Squeeze", gives: [2, 3]),
    Renaming("Squeeze", second: [1], gives: [2, 3]), Renaming("Squeeze", second: [-2], gives: [2, 3]),
    Renaming("Squeeze", second: [0], gives: nil), Renaming("Squeeze", second: [7], gives: nil),
    Renaming("Squeeze", [.ints("axes", [1])], gives: [2, 3]), Renaming("Unsqueeze", second: [0], gives: [1, 2, 1, 3]),
    Renaming("Unsqueeze", second: [-1, 0], gives: [1, 2, 1, 3, 1]), Renaming("Unsqueeze", second: [1, 1], gives: nil),
    Renaming("Unsqueeze", second: [9], gives: nil), Renaming("Unsqueeze", [.ints("axes", [4])], gives: nil),
    Renaming("Unsqueeze", [.ints("axes", [3])], gives: [2, 1, 3, 1]), Renaming("Unsqueeze", gives: nil),
  ])
  func `what names the axes of a constant anew is one`(renaming: Renaming) throws {
    let build: (inout GraphBytes) -> Void = {
      $0.initializer("w", [2, 1, 3])
      if let second = renaming.second { $0.initializer(.int64("s", [second.count], second)) }
      $0.node(
        renaming.testDescription, ["w"] + (renaming.second == nil ? [] : ["s"]), ["k"], attributes: renaming.attributes)
    }
    if let shape = renaming.shape {
      try expect([1, 2, 3, 4, 5, 6], shape, build)
    } else {
      try expectNone(build)
    }
  }

  /// Sizes whose product no number holds.
  @Test(arguments: ["Reshape", "Flatten", "Conv", "ConvTranspose", "Gemm"])
  func `sizes that cannot be multiplied end nothing`(type: String) async {
    await #expect(processExitsWith: .success) { [type = type as String] in
      let folder = TemporaryFolder()
      let huge = 1 << 40
      let model = ModelBytes {
        $0.input("x", nil)
        $0.initializer(.int64("s", [3], [huge, huge, huge]))
        $0.initializer("w", [0, 1, huge, huge], [])
        $0.initializer("v", [1])
        switch type {
        case "Reshape": $0.node(type, ["v", "s"], ["k"])
        case "Flatten": $0.node(type, ["w"], ["k"])
        case "Gemm":
          $0.initializer(.int64("none", [2], [0, huge]))
          $0.node("ConstantOfShape", ["none"], ["filled"])
          $0.node(type, ["x", "filled"], ["k"])
        default: $0.node(type, ["x", "w"], ["k"])
        }
      }
      // Refused or read, but never trapped on.
      _ = try? model.reading(in: folder).plan()
    }
  }

  @Test(arguments: [(10, [1.5, 0x1p-24]), (16, [1.5, 0x1p-25]), (1, [1.5, 0x1.004p-25]), (11, [1.5, 0x1.004p-25])])
  func `a Cast rounds to its type`(type: Int, elements: [Double]) throws {
    try expect(elements, [2]) {
      $0.initializer("w", [2], [1.5, 0x1.004p-25])
      $0.node("Cast", ["w"], ["k"], .int("to", type))
    }
  }

  @Test func `a Cast to a type that no fold is made of is none`() throws {
    try expectNone {
      $0.initializer("w", [1])
      $0.node("Cast", ["w"], ["k"], .int("to", 7))
    }
  }

  @Test func `a weight that a Cast makes is worked out where there are norms, or is small`() throws {
    let reading = try ModelBytes {
      $0.input("x", nil)
      $0.initializer("w", [1, 1, 1])
      $0.node("Cast", ["w"], ["k"], .int("to", 10))
      $0.node("Conv", ["x", "k"], ["c"])
    }.reading(in: folder)
    #expect(reading.refusal(of: "c") == nil)
  }

  @Test func `what follows from a value that may be overridden may be too`() throws {
    let reading = try ModelBytes {
      $0.initializer("w", [1])
      $0.input("w", [1])
      $0.node("Identity", ["w"], ["i"])
      $0.node("Cast", ["i"], ["k"], .int("to", 11))
    }.reading(in: folder)
    #expect(reading.value("k")?.isOverridable == true)
  }

  @Test func `a sparse one has its elements by any name`() throws {
    let reading = try ModelBytes {
      $0.sparseInitializer(values: TensorBytes("w", [1], [7]), indices: .int64("", [1], [1]), shape: [3])
      $0.node("Identity", ["w"], ["k"])
    }.reading(in: folder)
    let constant = try #require(reading.constant(reading.values.indices.last.map(ValueID.init)))
    #expect(try reading.compute(constant))
    #expect(try reading.contents.elements(of: constant) == [0, 7, 0])
  }

  @Test func `one of an impossible shape has none`() throws {
    let reading = try ModelBytes {
      $0.sparseInitializer(values: TensorBytes("w", [1], [7]), indices: .int64("", [1], [1]), shape: [.max, .max])
    }.reading(in: folder)
    let constant = try #require(reading.constant(ValueID(0)))
    #expect(try !reading.compute(constant) && reading.graph[constant].shape == [])
  }

  @Test(arguments: [(10, [0x3C00, 0xC000], [1, -2]), (16, [0x3F80, 0xC000], [1, -2])] as [(Int, [Int], [Double])])
  func `half-precision elements are widened from where they are`(type: Int, bits: [Int], values: [Double]) throws {
    try expect(values, [2]) { $0.initializer(TensorBytes("k", type: type, [2]) { $0.packedVarints(5, bits) }) }
    let raw = bits.flatMap { littleEndian(UInt64($0), count: 2) }
    try expect(values, [2]) { $0.initializer(TensorBytes("k", type: type, [2], raw: raw)) }
  }

  private func expect(
    _ elements: [Double], _ shape: [Int], sourceLocation: SourceLocation = #_sourceLocation,
    _ build: (inout GraphBytes) -> Void
  ) throws {
    let reading = try ModelBytes(opset: 17, build).reading(in: folder)
    let constant = try #require(reading.value("k")?.constant, sourceLocation: sourceLocation)
    #expect(reading.constants[constant.index].shape == shape, sourceLocation: sourceLocation)
    #expect(try reading.contents.elements(of: constant) == elements, sourceLocation: sourceLocation)
    #expect(reading.value("k")?.rank == shape.count, sourceLocation: sourceLocation)
  }

  /// Expects that nothing is known of 'k', or nothing that a fold could use.
  private func expectNone(
    sourceLocation: SourceLocation = #_sourceLocation, _ build: (inout GraphBytes) -> Void
  ) throws {
    let reading = try ModelBytes(opset: 17, build).reading(in: folder)
    let storage = reading.value("k")?.constant.flatMap { reading.graph[$0].storage }
    #expect(storage == nil, sourceLocation: sourceLocation)
  }
}
