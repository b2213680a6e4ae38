import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// What may stand between an operator with a weight and a norm.
extension OperatorReaderTests {
  @Test(
    arguments: [
      (1, [], false), (1, [.int("is_test", 1)], true), (6, [], false), (6, [.int("is_test", 0)], false),
      (6, [.int("is_test", 1)], true), (7, [], true), (10, [.float("ratio", 0.3)], true), (11, [], true),
      (12, [], true),
      (22, [], true),
    ] as [(Int, [AttributeBytes], Bool)])
  func `a Dropout hands values on by the rules of its version`(
    opset: Int, attributes: [AttributeBytes], handsOn: Bool
  ) throws {
    let reading = try ModelBytes(opset: opset) {
      $0.input("x", nil)
      $0.node("Dropout", ["x"], ["d"], name: "n", attributes: attributes)
    }.reading(in: folder)
    if handsOn {
      #expect(reading.carrier(writing: "d")?.isIdentity == true)
    } else {
      let reason = DeclineReason(.dropoutNotInference, "the Dropout 'n' before it may drop values")
      #expect(reading.refusal(of: "d") == reason)
    }
  }

  @Test(arguments: ["false", "true", "runtime", "left out", "an initializer that may be overridden"], [12, 13, 22])
  func `from version 12 on an input of a Dropout decides`(mode: String, opset: Int) throws {
    let reading = try ModelBytes(opset: opset) {
      $0.input("x", nil)
      $0.input("runtime", [], type: 9)
      $0.initializer("ratio", [])
      $0.initializer(.bool("false", false))
      $0.initializer(.bool("true", true))
      $0.initializer(.bool("an initializer that may be overridden", false))
      $0.input("an initializer that may be overridden", [], type: 9)
      $0.node("Dropout", ["x", "ratio", mode == "left out" ? "" : mode], ["d"])
    }.reading(in: folder)
    let handsOn = ["false", "left out"].contains(mode)
    #expect(reading.refusal(of: "d")?.code == (handsOn ? nil : .dropoutNotInference))
  }

  @Test func `a Dropout whose mask is read keeps its norm`() throws {
    let model = ModelBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c")
      $0.node("Dropout", ["c"], ["d", "mask"])
      $0.norm("d", "y")
      $0.output("mask", nil, type: 9)
      $0.output("y")
    }
    #expect(try model.reading(in: folder).codes() == ["value-pinned"])
  }

  @Test func `an Identity hands its value on`() throws {
    let reading = try ModelBytes {
      $0.input("x", nil)
      $0.node("Identity", ["x"], ["i"])
    }.reading(in: folder)
    #expect(reading.carrier(writing: "i")?.isIdentity == true)
    #expect(reading.operation(writing: "i")?.inputs == [ValueID(0)])
  }

  @Test(
    arguments: [
      ("Add", ["x", "k"], .addition), ("Add", ["k", "x"], .addition), ("Mul", ["x", "k"], .multiplication),
      ("Mul", ["k", "x"], .multiplication), ("Sub", ["x", "k"], .subtraction),
      ("Sub", ["k", "x"], .reversedSubtraction),
      ("Div", ["x", "k"], .division),
    ] as [(String, [String], ConstantAffine.Operation)])
  func `a constant operand is a map of the other one`(
    type: String, inputs: [String], operation: ConstantAffine.Operation
  ) throws {
    let reading = try add(inputs, opset: 17, type: type)
    let affine = try #require(reading.operation(writing: "a")?.affine)
    #expect(affine.operation == operation && affine.view == .axis(3, count: 2) && affine.foldsAlone)
    #expect(reading.graph[affine.constant].name == "k")
    #expect(reading.operation(writing: "a")?.inputs.map { reading.graph[$0].name } == ["x"])
  }

  @Test(
    arguments: [
      ([1, 2, 4, 5], [1, 2, 4, 5], true), ([nil, 2, 4, 5], [1, 2, 4, 5], true), ([nil, 2, 4, 5], [4, 5], true),
      ([nil, 2, 4, nil], [4, 1], true), ([nil, 2, 4, nil], [4, 5], false), ([nil, 2, 1, 5], [4, 5], false),
      ([nil, nil, nil, nil], [1], true), ([nil, 2, 4, 5], [3, 2, 4, 5], false), ([4, 5], [1, 2, 4, 5], false),
      ([4, 5], [1, 1, 1], false), ([4, 5], [], true),
    ] as [([Int?], [Int], Bool)])
  func `a constant keeps the shape of a value that is as long along its axes`(
    value: [Int?], constant: [Int], keepsShape: Bool
  ) throws {
    let reading = try ModelBytes {
      $0.input("x", value)
      $0.initializer("k", constant)
      $0.node("Mul", ["x", "k"], ["a"])
    }.reading(in: folder)
    #expect(reading.operation(writing: "a")?.affine?.keepsShape == keepsShape)
  }

  @Test func `a quotient of a constant is no affine map`() throws {
    #expect(try add(["k", "x"], opset: 17, type: "Div").isOpaque("a"))
  }

  @Test(arguments: ["Add", "Sub", "Mul", "Div"])
  func `an operator of two constants is nothing special`(type: String) throws {
    #expect(try add(["k", "k"], opset: 17, type: type).isOpaque("a"))
  }

  @Test(arguments: ["Mul", "Div"])
  func `a product or quotient of two values is nothing special`(type: String) throws {
    #expect(try add(["x", "x"], opset: 17, type: type).isOpaque("a"))
  }

  @Test(
    arguments: [
      (6, [.int("broadcast", 1), .int("axis", 1)], 1), (6, [.int("broadcast", 1)], 3), (1, [.int("axis", 1)], 3),
      (7, [.int("broadcast", 1), .int("axis", 1)], 3),
    ] as [(Int, [AttributeBytes], Int)])
  func `before version 7 an Add begins at the axis that it names`(
    opset: Int, attributes: [AttributeBytes], axis: Int
  ) throws {
    let affine = try #require(try add(["x", "k"], opset: opset, attributes).operation(writing: "a")?.affine)
    #expect(affine.operation == .addition && affine.view == .axis(axis, count: 2))
  }

  @Test func `before version 7 only the second operand broadcasts`() throws {
    let reading = try add(["k", "x"], opset: 6, [.int("broadcast", 1)])
    let reason = DeclineReason(.channelAxisDiffers, "the Add broadcasts its value over the constant")
    #expect(reading.refusal(of: "a") == reason)
  }

  @Test func `a negative axis of an old Add is not known`() throws {
    #expect(try add(["x", "k"], opset: 6, [.int("broadcast", 1), .int("axis", -3)]).isOpaque("a"))
  }

  @Test func `an axis as large as numbers go is no place to add`() async {
    await #expect(processExitsWith: .success) {
      let suite = OperatorReaderTests()
      let model = ModelBytes(opset: 6, irVersion: 3) {
        $0.input("x", [nil, 1, nil, nil])
        $0.conv("x", "c")
        $0.initializer("k", [2])
        $0.node("Add", ["c", "k"], ["a"], .int("broadcast", 1), .int("axis", .max))
        $0.norm("a", "y", .int("is_test", 1))
        $0.output("y")
      }
      let codes = try model.reading(in: suite.folder).codes()
      precondition(codes == ["channel-axis-differs"], "\(codes)")
    }
  }

  @Test func `an Add of what may be overridden takes nothing in`() throws {
    let reading = try ModelBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.initializer("k", [2, 1, 1])
      $0.input("k", [2, 1, 1])
      $0.node("Add", ["x", "k"], ["a"], name: "n")
    }.reading(in: folder)
    let reason = DeclineReason(
      .overridableInitializer,
      "Add 'n' beside it: its constant 'k' is or follows from a graph input that a caller may override")
    #expect(reading.refusal(of: "a") == reason)
  }

  @Test func `any other operator is nothing special`() throws {
    let reading = try ModelBytes {
      $0.input("x", nil)
      $0.node("Sigmoid", ["x"], ["r"])
    }.reading(in: folder)
    #expect(reading.isOpaque("r"))
  }

  private func add(
    _ inputs: [String], opset: Int, _ attributes: [AttributeBytes] = [], type: String = "Add"
  ) throws -> ModelReading {
    try ModelBytes(opset: opset) {
      $0.input("x", [nil, 2, nil, nil])
      $0.initializer("k", [2])
      $0.node(type, inputs, ["a"], attributes: attributes)
    }.reading(in: folder)
  }
}
