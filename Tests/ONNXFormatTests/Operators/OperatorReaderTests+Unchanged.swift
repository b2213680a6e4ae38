import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import RecordedData
import Testing

@testable import ONNXFormat

/// Operators that hand on what they read, by what is known of them.
extension OperatorReaderTests {
  /// Whether a node that reads `x`, of two channels and a size that is not known, goes where a norm passes it.
  private func isIdentity(
    _ type: String, _ others: [String] = [], opset: Int = 18, _ attributes: AttributeBytes...,
    adding build: (inout GraphBytes) -> Void = { _ in }
  ) throws -> Bool {
    let reading = try ModelBytes(opset: opset) {
      $0.input("x", [nil, 2, 3])
      build(&$0)
      $0.node(type, ["x"] + others, ["y"], attributes: attributes)
    }.reading(in: folder)
    return reading.carrier(writing: "y")?.isIdentity == true
  }

  @Test(
    arguments: [
      ([], 1, true), ([3], 1, true), ([1, 1], 1, true), ([2, 3], 1, true), ([2, 3], 2, false), ([], 0.999, false),
      ([4, 1, 1], 1, false), ([1, 1, 1, 1], 1, false), ([0], 1, false),
    ] as [([Int], Float, Bool)])
  func `a Pow by 1 hands its base on, unless it widens that`(shape: [Int], exponent: Float, handsOn: Bool) throws {
    let count = shape.reduce(1, *)
    let found = try isIdentity("Pow", ["k"]) {
      $0.initializer("k", shape, [Float](repeating: exponent, count: count))
    }
    #expect(found == (handsOn && count > 0))
  }

  @Test func `a Pow by a value, or by what may be overridden, hands nothing on`() throws {
    #expect(try !isIdentity("Pow", ["k"]) { $0.input("k", []) })
    #expect(
      try !isIdentity("Pow", ["k"]) {
        $0.initializer("k", [], [1])
        $0.input("k", [])
      })
    #expect(try !isIdentity("Pow", ["k"], opset: 6) { $0.initializer("k", [], [1]) })
  }

  @Test(arguments: ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd"], [13, 18])
  func `a reduction of no axes hands its input on where it is told so`(type: String, opset: Int) throws {
    let takesInput = type == "ReduceSum" || opset == 18
    #expect(try isIdentity(type, opset: opset, .int("noop_with_empty_axes", 1)) == takesInput)
    #expect(try !isIdentity(type, opset: opset))
    #expect(try !isIdentity(type, opset: opset, .int("noop_with_empty_axes", 0)))
    #expect(
      try !isIdentity(type, ["axes"], opset: opset, .int("noop_with_empty_axes", 1)) { $0.input("axes", [0], type: 7) })
  }

  @Test(arguments: ["ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"])
  func `one that changes each element does not`(type: String) throws {
    #expect(try !isIdentity(type, [], .int("noop_with_empty_axes", 1)))
  }

  @Test(arguments: ["Mean", "Max", "Min", "Sum", "Concat"])
  func `what joins one value hands it on`(type: String) throws {
    #expect(try isIdentity(type, [], .int("axis", 1)))
    #expect(try !isIdentity(type, ["z"], .int("axis", 1)) { $0.input("z", [nil, 2, 3]) })
  }

  @Test(
    arguments: [
      (1, "x", true), (1, "k", true), (10, "x", true), (1, "computed", false), (7, "integers", false),
    ] as [(Int, String, Bool)])
  func `a CastLike is a Cast to the type of a constant or a graph input`(type: Int, like: String, isKnown: Bool) throws
  {
    let reading = try ModelBytes(opset: 18) {
      $0.input("x", [nil, 2, 3], type: type)
      $0.input("integers", [1], type: 7)
      $0.initializer("k", [1])
      $0.node("Relu", ["x"], ["computed"])
      $0.node("CastLike", ["computed", like], ["y"])
    }.reading(in: folder)
    #expect((reading.carrier(writing: "y")?.type != nil) == isKnown)
  }

  @Test func `an Expand to what is no constant stays, but no axis of it grows`() throws {
    let reading = try ModelBytes(opset: 18) {
      $0.input("x", [nil, 2, 3])
      $0.node("Shape", ["x"], ["s"])
      $0.node("Expand", ["x", "s"], ["y"])
    }.reading(in: folder)
    let carrier = try #require(reading.carrier(writing: "y"))
    #expect(!carrier.isIdentity && carrier.mixedAxes.isEmpty)
  }

  @Test func `a Transpose to the same order and a Concat or Slice of all go`() throws {
    #expect(try isIdentity("Transpose", [], .ints("perm", [0, 1, 2])))
    #expect(try !isIdentity("Transpose", [], .ints("perm", [0, 2, 1])))
    #expect(
      try isIdentity("Slice", opset: 9, .ints("starts", [0, 0]), .ints("ends", [.max, 3]), .ints("axes", [0, 2])))
    #expect(try !isIdentity("Slice", opset: 9, .ints("starts", [0]), .ints("ends", [7]), .ints("axes", [0])))
    #expect(try !isIdentity("Slice", opset: 9, .ints("starts", [1]), .ints("ends", [.max]), .ints("axes", [0])))
    #expect(try isIdentity("Pad", opset: 10, .ints("pads", [0, 0, 0, 0, 0, 0])))
    #expect(try !isIdentity("Pad", opset: 10, .ints("pads", [0, 0, 1, 0, 0, -1])))
  }
}
