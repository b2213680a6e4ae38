import ONNXModelTests
import Testing

@testable import ONNXFormat

/// Operators that take parts, join them, add borders and reduce.
extension ShapeRuleTests {
  @Test(
    arguments: [
      ([2], [7], [1], [1], "N,5"), ([-3], [.max], [1], [1], "N,3"), ([0], [-1], [1], [1], "N,9"),
      ([8], [2], [1], [1], "N,0"),
      ([0], [10], [1], [3], "N,4"), ([-1], [.min], [1], [-1], "N,10"), ([7], [1], [1], [-2], "N,3"),
      ([99], [-99], [-1], [-4], "N,3"), ([0], [.max], [0], [1], "N,10"), ([0], [5], [0], [1], "?,10"),
      ([1], [.max], [0], [1], "?,10"), ([0], [3], [1], [0], "N,?"), ([0], [3], [1], [.min], "N,?"),
      ([0], [3], [1], [.max], "N,1"),
      ([0], [3], [2], [1], "?,?"), ([0, 0], [1, 1], [1, -1], [1, 1], "?,?"), ([0], [1, 2], [1], [1], "?,?"),
      ([.min], [.max], [1], [1], "N,10"), ([5], [5], [1], [-1], "N,0"),
      ([5], [.max], [1], [-1], "N,?"),
    ] as [([Int], [Int], [Int], [Int], String)])
  func `a slice counts the places that it takes`(
    starts: [Int], ends: [Int], axes: [Int], steps: [Int], result: String
  ) throws {
    try check(
      ShapeCase(
        "Slice", [.shape("N,10"), .integers(starts), .integers(ends), .integers(axes), .integers(steps)], gives: result)
    )
    guard steps == [1] else { return }
    let attributes: [AttributeBytes] = [.ints("starts", starts), .ints("ends", ends), .ints("axes", axes)]
    try check(ShapeCase("Slice", opset: 9, [.shape("N,10")], attributes, gives: result))
  }

  @Test(
    arguments: [
      ShapeCase("Slice", [.shape("4,10"), .integers([1]), .integers([3])], gives: "2,10"),
      ShapeCase("Slice", [.shape("4,10"), .integers([1]), .vector(1), .integers([1])], gives: "4,?"),
      ShapeCase(
        "Slice", [.shape("4,0"), .integers([5]), .integers([-9]), .integers([1]), .integers([-1])], gives: "4,0"),
      ShapeCase("Gather", [.shape("4,5,6"), .shape("N,2")], [.int("axis", 1)], gives: "4,N,2,6"),
      ShapeCase("Gather", [.shape("4,5"), .shape("")], gives: "5"),
      ShapeCase("Gather", [.shape("4,5"), .shape("")], [.int("axis", 2)], gives: nil),
      ShapeCase("GatherElements", [.shape("4,5"), .shape("2,3")], gives: "2,3"),
      ShapeCase("TopK", [.shape("N,9"), .integers([4])], outputs: ["N,4", "N,4"]),
      ShapeCase("TopK", opset: 9, [.shape("N,9")], [.int("k", 4), .int("axis", 0)], outputs: ["4,9", "4,9"]),
    ] as [ShapeCase])
  func `a part keeps the other axes`(test: ShapeCase) throws { try check(test) }

  @Test(
    arguments: [
      ShapeCase("Pad", [.shape("N,3,8"), .integers([0, 0, 1, 0, 0, 2])], gives: "N,3,11"),
      ShapeCase("Pad", [.shape("N,3,8"), .integers([0, 0, -1, 0, 0, -2])], gives: "N,3,5"),
      ShapeCase("Pad", [.shape("N,3,8"), .integers([0, 0, -9, 0, 0, 0])], gives: "N,3,?"),
      ShapeCase("Pad", [.shape("N,3,8"), .integers([1, 0, .max, 0, 0, 0])], gives: "?,3,?"),
      ShapeCase("Pad", [.shape("N,3,8"), .vector(6)], gives: "?,?,?"),
      ShapeCase("Pad", opset: 18, [.shape("N,3,8"), .integers([1, 2]), .absent, .integers([-1])], gives: "N,3,11"),
      ShapeCase("Pad", opset: 18, [.shape("N,3,8"), .integers([1, 2]), .absent, .vector(1)], gives: "?,?,?"),
      ShapeCase("Pad", opset: 2, [.shape("N,3")], [.ints("pads", [0, 1, 0, 1])], gives: "N,5"),
      ShapeCase("Pad", opset: 1, [.shape("N,3")], [.ints("paddings", [0, 1, 0, 1])], gives: "N,5"),
    ] as [ShapeCase])
  func `a pad adds to both ends of its axes`(test: ShapeCase) throws { try check(test) }

  @Test(
    arguments: [
      ShapeCase("Concat", [.shape("N,3,4"), .shape("N,5,4")], [.int("axis", 1)], gives: "N,8,4"),
      ShapeCase("Concat", [.shape("N,3,?"), .shape("?,N,4")], [.int("axis", -2)], gives: "N,?,4"),
      ShapeCase("Concat", [.shape("N,3,5"), .unranked], [.int("axis", 1)], gives: "N,?,5"),
      ShapeCase("Concat", [.shape("N,3"), .shape("N,3,4")], [.int("axis", 1)], gives: nil),
      ShapeCase("Concat", opset: 3, [.shape("N,3"), .shape("N,4")], gives: "N,7"),
      ShapeCase("Concat", [.shape("1,\(Int.max)"), .shape("1,1")], [.int("axis", 1)], gives: "1,?"),
      ShapeCase("Split", [.shape("N,6")], [.int("axis", 1)], outputs: ["N,3", "N,3"]),
      ShapeCase("Split", [.shape("N,7")], [.int("axis", 1)], outputs: ["N,?", "N,?"]),
      ShapeCase("Split", [.shape("N,6"), .integers([1, 5])], [.int("axis", -1)], outputs: ["N,1", "N,5"]),
      ShapeCase("Split", [.shape("N,6"), .vector(2)], [.int("axis", 1)], outputs: ["N,?", "N,?"]),
      ShapeCase("Split", opset: 11, [.shape("6,2")], [.ints("split", [2, 4])], outputs: ["2,2", "4,2"]),
      ShapeCase("Split", opset: 11, [.shape("6,2")], [.ints("split", [6])], outputs: ["?,2", "?,2"]),
      ShapeCase("Split", opset: 18, [.shape("7")], [.int("num_outputs", 3)], outputs: ["3", "3", "1"]),
      ShapeCase("Split", opset: 18, [.shape("5")], [.int("num_outputs", 4)], outputs: ["?", "?", "?", "?"]),
      ShapeCase("Split", opset: 18, [.shape("6")], outputs: ["?", "?"]),
    ] as [ShapeCase])
  func `joined sizes add up and split ones share`(test: ShapeCase) throws { try check(test) }

  @Test(
    arguments: [
      ShapeCase("ReduceMean", [.shape("N,3,4")], [.ints("axes", [1, -1])], gives: "N,1,1"),
      ShapeCase("ReduceMean", [.shape("N,3,4")], [.ints("axes", [1]), .int("keepdims", 0)], gives: "N,4"),
      ShapeCase("ReduceMax", opset: 18, [.shape("N,3,4"), .integers([1])], gives: "N,1,4"),
      ShapeCase("ReduceSum", [.shape("N,3,4"), .integers([2])], [.int("keepdims", 0)], gives: "N,3"),
      ShapeCase("ReduceSum", [.shape("N,3,4"), .vector(1)], gives: "?,?,?"),
      ShapeCase("ReduceSum", [.shape("N,3,4"), .vector(1)], [.int("keepdims", 0)], gives: nil),
      ShapeCase("ReduceSum", [.shape("N,3")], gives: "1,1"),
      ShapeCase("ReduceSum", [.shape("N,3"), .integers([])], [.int("noop_with_empty_axes", 1)], gives: "N,3"),
      ShapeCase("ReduceMean", [.shape("N,3")], [.int("keepdims", 0)], gives: ""),
      ShapeCase("ReduceMean", [.shape("N,3")], [.ints("axes", [5])], gives: nil),
      ShapeCase("ArgMax", [.shape("N,3")], [.int("axis", 1), .int("keepdims", 0)], gives: "N"),
    ] as [ShapeCase])
  func `a reduction leaves 1 or nothing of its axes`(test: ShapeCase) throws { try check(test) }

  @Test(
    arguments: [
      ShapeCase("Resize", [.shape("N,3,5,6"), .absent, .floats([1, 1, 2, 1.5])], gives: "N,3,10,9"),
      ShapeCase("Resize", [.shape("N,3,5,H"), .absent, .floats([1, 1, 0.5, 2])], gives: "N,3,2,?"),
      ShapeCase("Resize", [.shape("N,3,5,6"), .absent, .absent, .integers([1, 3, 7, 9])], gives: "1,3,7,9"),
      ShapeCase("Resize", [.shape("N,3,5,6"), .floats([]), .floats([]), .vector(4)], gives: "?,?,?,?"),
      ShapeCase("Resize", opset: 10, [.shape("N,3,5,6"), .floats([1, 1, 2, 2])], gives: "N,3,10,12"),
      ShapeCase(
        "Resize", opset: 18, [.shape("N,3,5,6"), .absent, .floats([2]), .absent], [.ints("axes", [3])],
        gives: "N,3,5,12"),
      ShapeCase(
        "Resize", opset: 18, [.shape("N,3,5,6"), .absent, .absent, .integers([9, 9])],
        [.ints("axes", [2, 3]), .string("keep_aspect_ratio_policy", "not_larger")], gives: "?,?,?,?"),
      ShapeCase(
        "Resize", [.shape("N,3,5,6"), .floats([]), .floats([1, 1, 2, 2])],
        [.string("coordinate_transformation_mode", "tf_crop_and_resize")], gives: "?,?,?,?"),
      // The product is 7 in float32 and less in float64.
      ShapeCase("Resize", [.shape("10"), .absent, .floats([0.7])], gives: "?"),
      ShapeCase("Resize", [.shape("7"), .absent, .floats([.nan])], gives: "?"),
      ShapeCase("Upsample", opset: 9, [.shape("N,3,5,6"), .floats([1, 1, 2, 2])], gives: "N,3,10,12"),
      ShapeCase("Upsample", opset: 7, [.shape("N,3,5,6")], [.floats("scales", [1, 1, 2, 2])], gives: "N,3,10,12"),
      ShapeCase(
        "Upsample", opset: 1, [.shape("N,3,5,6")], [.float("height_scale", 2), .float("width_scale", 3)],
        gives: "N,3,10,18"),
    ] as [ShapeCase])
  func `a grid is scaled and rounded down`(test: ShapeCase) throws { try check(test) }
}
