import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// Operators that keep channels apart, by the form that their opset gives their numbers.
extension OperatorReaderTests {
  @Test(arguments: [
    ("Reshape", 4, true), ("Reshape", 14, false), ("Flatten", 9, true), ("Squeeze", 11, true), ("Squeeze", 13, false),
    ("Unsqueeze", 11, true), ("Unsqueeze", 13, false),
  ])
  func `what deals elements out anew says both shapes`(type: String, opset: Int, isAttribute: Bool) throws {
    let numbers: (String, [Int], to: [Dimension]) =
      switch type {
      case "Reshape": ("shape", [0, 6, -1], [.size(2), .size(6), .size(2)])
      case "Squeeze": ("axes", [3], [.size(2), .size(3), .size(4)])
      case "Unsqueeze": ("axes", [4], [.size(2), .size(3), .size(4), .size(1), .size(1)])
      default: ("axis", [2], [.size(6), .size(4)])
      }
    let reading = try ModelBytes(opset: opset) {
      $0.input("x", [2, 3, 4, 1])
      $0.initializer(.int64("k", [numbers.1.count], numbers.1))
      let attribute: AttributeBytes =
        type == "Flatten" ? .int("axis", 2) : .ints(numbers.0, numbers.1)
      $0.node(type, isAttribute ? ["x"] : ["x", "k"], ["y"], attributes: isAttribute ? [attribute] : [])
    }.reading(in: folder)
    guard case .reshape(let from, let to) = try #require(reading.carrier(writing: "y")).layout else {
      return #expect(Bool(false), "it is a reshape")
    }
    #expect(from == [.size(2), .size(3), .size(4), .size(1)] && to == numbers.to)
  }

  @Test(arguments: ["Reshape", "MaxPool", "AveragePool", "Slice", "Pad", "Concat", "Split"])
  func `an operator of an unknown shape says so`(type: String) throws {
    let reading = try ModelBytes {
      $0.input("x", nil)
      $0.input("k", [2], type: 7)
      let inputs = type == "Concat" ? ["x", "x"] : type.hasSuffix("Pool") ? ["x"] : ["x", "k"]
      $0.node(type, inputs, ["y"], name: "n", .int("axis", 1))
    }.reading(in: folder)
    let reason = DeclineReason(
      .rankUnknown, "the shape of what the \(type) 'n' beside it reads or makes is not known")
    #expect(reading.refusal(of: "y") == reason)
  }

  @Test(
    arguments: [([0, 2, 3, 1], [0, 2, 3, 1]), (nil, [3, 2, 1, 0]), ([0, 1, 1, 2], nil)] as [([Int]?, [Int]?)])
  func `a transposition has its order or the reverse one`(order: [Int]?, expected: [Int]?) throws {
    let reading = try pointwise("Transpose", order.map { [.ints("perm", $0)] } ?? [])
    guard let expected else { return #expect(reading.isOpaque("y")) }
    guard case .permutation(let found) = try #require(reading.carrier(writing: "y")).layout else {
      return #expect(Bool(false), "it is a permutation")
    }
    #expect(found == expected)
  }

  @Test(arguments: [9, 13], [(1, 0, 2, [0, 1]), (1, 1, 100, [1, 2, 3]), (1, -1, 100, [3]), (-3, 2, 3, [2])])
  func `a slice of the channels takes those that it names`(
    opset: Int, cut: (axis: Int, start: Int, end: Int, positions: [Int])
  ) throws {
    let reading = try slice(opset, starts: [cut.start], ends: [cut.end], axes: [cut.axis])
    let carrier = try #require(reading.carrier(writing: "y"))
    guard case .selection(let axis, let positions, let count) = carrier.layout else {
      return #expect(Bool(false), "it selects")
    }
    #expect(axis == 1 && positions == cut.positions && count == 4 && carrier.mixedAxes.isEmpty)
  }

  @Test(arguments: [9, 13]) func `a slice of other axes keeps the channels`(opset: Int) throws {
    let carrier = try #require(
      try slice(opset, starts: [0, 1], ends: [1, 2], axes: [2, -1]).carrier(writing: "y"))
    guard case .sameAxes = carrier.layout else { return #expect(Bool(false), "the axes are the same") }
    #expect(carrier.mixedAxes == [2, 3])
  }

  @Test(
    arguments: [
      (2, [0, 0, 1, 0, 0, 0, 0, 1], nil), (11, [0, 0, 1, 0, 0, 0, 0, 1], nil), (18, [1, 0, 0, 1], [2, 3]),
    ] as [(Int, [Int], [Int]?)], ["constant", "reflect", "edge"])
  func `a Pad mixes the axes that it pads, and zeros stop a shift`(
    pad: (opset: Int, pads: [Int], axes: [Int]?), mode: String
  ) throws {
    let reading = try ModelBytes(opset: pad.opset) {
      $0.input("x", [2, 3, 4, 5])
      $0.initializer(.int64("pads", [pad.pads.count], pad.pads))
      let axes = pad.axes
      if let axes { $0.initializer(.int64("axes", [axes.count], axes)) }
      let attributes = [AttributeBytes.string("mode", mode)] + (pad.opset < 11 ? [.ints("pads", pad.pads)] : [])
      $0.node(
        "Pad", pad.opset < 11 ? ["x"] : ["x", "pads"] + (axes == nil ? [] : ["", "axes"]), ["y"], name: "n",
        attributes: attributes)
    }.reading(in: folder)
    let carrier = try #require(reading.carrier(writing: "y"))
    let reason = DeclineReason(.paddingWithShift, "the Pad 'n' beside it adds a border of 0, which a shift moves")
    #expect(carrier.mixedAxes == [2, 3] && carrier.shiftObstacle == (mode == "constant" ? reason : nil))
  }

  @Test(arguments: [2, 11, 24]) func `a Pad with another number than 0 stops every map`(opset: Int) throws {
    let reading = try ModelBytes(opset: opset) {
      $0.input("x", [2, 3])
      $0.initializer(.int64("pads", [4], [0, 0, 0, 1]))
      $0.initializer("one", [], [1])
      $0.node(
        "Pad", opset < 11 ? ["x"] : ["x", "pads", "one"], ["y"], name: "n",
        attributes: opset < 11 ? [.ints("pads", [0, 0, 0, 1]), .float("value", 1)] : [])
    }.reading(in: folder)
    let reason = DeclineReason(
      .paddingWithShift, "the Pad 'n' beside it adds a border of another constant than 0")
    #expect(reading.refusal(of: "y") == reason)
  }

  @Test(arguments: ["MaxPool", "GlobalMaxPool"]) func `the largest asks for scales that keep the order`(type: String)
    throws
  {
    let carrier = try #require(
      try pointwise(type, type == "MaxPool" ? [.ints("kernel_shape", [1, 1])] : []).carrier(writing: "y"))
    #expect(carrier.mixedAxes == [2, 3] && carrier.shiftObstacle == nil)
    guard case .positive = carrier.scaleDemand else { return #expect(Bool(false), "it asks") }
  }

  @Test(
    arguments: [
      ([], true), ([.ints("pads", [1, 0, 0, 0])], true), ([.int("count_include_pad", 1)], true),
      ([.int("count_include_pad", 1), .ints("pads", [1, 0, 0, 0])], false),
      ([.int("count_include_pad", 1), .string("auto_pad", "VALID")], true),
      ([.int("count_include_pad", 1), .string("auto_pad", "SAME_UPPER")], false),
      ([.int("count_include_pad", 1), .int("ceil_mode", 1)], false),
    ] as [([AttributeBytes], Bool)])
  func `a mean lets a shift pass unless it counts a border`(attributes: [AttributeBytes], passes: Bool) throws {
    let reading = try pointwise("AveragePool", attributes + [.ints("kernel_shape", [2, 2])])
    let carrier = try #require(reading.carrier(writing: "y"))
    let reason = DeclineReason(
      .paddingWithShift, "the AveragePool beside it counts a border of 0, which a shift moves")
    #expect(carrier.mixedAxes == [2, 3] && carrier.shiftObstacle == (passes ? nil : reason))
  }

  @Test(arguments: ["DCR", "CRD", nil] as [String?]) func `depth becomes space in the order of the mode`(mode: String?)
    throws
  {
    let attributes = [AttributeBytes.int("blocksize", 2)] + (mode.map { [.string("mode", $0)] } ?? [])
    let carrier = try #require(try pointwise("DepthToSpace", attributes).carrier(writing: "y"))
    guard case .depthToSpace(1, let block, let depthFirst) = carrier.layout else {
      return #expect(Bool(false), "it is depth to space")
    }
    #expect(block == 2 && depthFirst == (mode != "CRD"))
  }

  @Test(
    arguments: [
      (7, .floats("scales", [1, 1, 2, 2]), []), (9, nil, ["s"]), (10, nil, ["s"]), (11, nil, ["", "s"]),
      (13, nil, ["", "s"]), (13, nil, ["", "", "sizes"]), (18, .ints("axes", [2, -1]), ["", "part"]),
    ] as [(Int, AttributeBytes?, [String])])
  func `a Resize keeps the axes whose scale is 1`(opset: Int, attribute: AttributeBytes?, inputs: [String]) throws {
    let type = opset < 10 ? "Upsample" : "Resize"
    let reading = try ModelBytes(opset: opset) {
      $0.input("x", [2, 4, 5, 6])
      $0.initializer("s", [4], [1, 1, 2, 2])
      $0.initializer("part", [2], [2, 2])
      $0.initializer(.int64("sizes", [4], [2, 4, 10, 12]))
      $0.node(type, ["x"] + inputs, ["y"], attributes: attribute.map { [$0] } ?? [])
    }.reading(in: folder)
    #expect(try #require(reading.carrier(writing: "y")).mixedAxes == [2, 3])
  }

  @Test func `a Resize that crops stops every map`() throws {
    let reading = try pointwise("Resize", [.string("coordinate_transformation_mode", "tf_crop_and_resize")])
    #expect(reading.refusal(of: "y")?.code == .noLinearProducer)
  }

  @Test(arguments: [(3, nil, 1), (4, 1, 1), (13, -3, 1), (13, 0, 0)] as [(Int, Int?, Int)])
  func `a Concat has its axis and the lengths along it`(opset: Int, stated: Int?, axis: Int) throws {
    let reading = try ModelBytes(opset: opset) {
      $0.input("x", [2, 3, 4, 5])
      $0.input("z", [2, 3, 4, 5])
      $0.node("Concat", ["x", "z"], ["y"], attributes: stated.map { [.int("axis", $0)] } ?? [])
    }.reading(in: folder)
    guard case .concatenation(let joined)? = reading.operation(writing: "y")?.role else {
      return #expect(Bool(false), "it joins")
    }
    #expect(joined.axis == axis && joined.counts == (axis == 1 ? [3, 3] : [2, 2]))
  }

  @Test(arguments: [(2, true, false), (11, true, false), (13, false, true), (18, true, true)])
  func `a Split has its axis and the lengths along it`(opset: Int, isEven: Bool, isInput: Bool) throws {
    let reading = try ModelBytes(opset: opset) {
      $0.input("x", [2, 4, 5])
      $0.initializer(.int64("k", [2], isEven ? [2, 2] : [1, 3]))
      let attributes = [AttributeBytes.int("axis", 1)] + (isInput ? [] : [.ints("split", isEven ? [2, 2] : [1, 3])])
      $0.node("Split", isInput ? ["x", "k"] : ["x"], ["y", "z"], attributes: attributes)
    }.reading(in: folder)
    guard case .split(let split)? = reading.operation(writing: "y")?.role else {
      return #expect(Bool(false), "it cuts")
    }
    #expect(split.axis == 1 && split.counts == (isEven ? [2, 2] : [1, 3]))
  }

  @Test(arguments: ["Add", "Sub", "Sum"]) func `values that are no constants are the branches of a sum`(type: String)
    throws
  {
    let reading = try ModelBytes {
      $0.input("x", [2, 4])
      $0.input("z", [nil, 4])
      $0.node(type, ["x", "z"], ["y"])
    }.reading(in: folder)
    guard case .sum(let sum)? = reading.operation(writing: "y")?.role else { return #expect(Bool(false), "it adds") }
    #expect(sum.isDifference == (type == "Sub") && sum.shapes.map(\.count) == [2, 2])
    #expect(sum.shapes[0] == [.size(2), .size(4)])
  }

  private func pointwise(_ type: String, _ attributes: [AttributeBytes] = []) throws -> ModelReading {
    try ModelBytes {
      $0.input("x", [2, 4, 6, 6])
      $0.node(type, ["x"], ["y"], attributes: attributes)
    }.reading(in: folder)
  }

  private func slice(_ opset: Int, starts: [Int], ends: [Int], axes: [Int]) throws -> ModelReading {
    try ModelBytes(opset: opset) { graph in
      graph.input("x", [2, 4, 6, 6])
      let numbers = [("starts", starts), ("ends", ends), ("axes", axes)]
      for (name, values) in numbers { graph.initializer(.int64(name, [values.count], values)) }
      graph.node(
        "Slice", opset < 10 ? ["x"] : ["x", "starts", "ends", "axes"], ["y"],
        attributes: opset < 10 ? numbers.map { .ints($0, $1) } : [])
    }.reading(in: folder)
  }
}
