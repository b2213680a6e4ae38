import ONNXModelTests
import Testing

@testable import ONNXFormat

/// Operators that order, add and drop axes, and those that deal the elements out anew.
extension ShapeRuleTests {
  @Test(
    arguments: [
      ShapeCase("Flatten", [.shape("N,3,4,5")], gives: "N,60"),
      ShapeCase("Flatten", [.shape("N,3,4,5")], [.int("axis", 0)], gives: "1,?"),
      ShapeCase("Flatten", [.shape("2,3,4,5")], [.int("axis", -1)], gives: "24,5"),
      ShapeCase("Flatten", [.shape("2,3")], [.int("axis", 2)], gives: "6,1"),
      ShapeCase("Flatten", [.shape("N,C,1,1")], gives: "N,C"),
      ShapeCase("Flatten", [.shape("N,\(Int.max),2")], gives: "N,?"),
      ShapeCase("Flatten", [.unranked], gives: "?,?"),
      ShapeCase("Transpose", [.shape("N,3,?")], gives: "#,3,N"),
      ShapeCase("Transpose", [.shape("N,3,4")], [.ints("perm", [0, 2, 1])], gives: "N,4,3"),
      ShapeCase("Transpose", [.shape("N,3,4")], [.ints("perm", [0, 2, 2])], gives: nil),
      ShapeCase("Transpose", [.shape("N,3,4")], [.ints("perm", [0, 1])], gives: nil),
    ] as [ShapeCase])
  func `axes are joined and ordered anew`(test: ShapeCase) throws { try check(test) }

  @Test(
    arguments: [
      ShapeCase("Squeeze", opset: 12, [.shape("N,1,3,1")], [.ints("axes", [1])], gives: "N,3,1"),
      ShapeCase("Squeeze", [.shape("N,1,3,1"), .integers([-1, 1])], gives: "N,3"),
      ShapeCase("Squeeze", [.shape("2,1,3,1")], gives: "2,3"),
      ShapeCase("Squeeze", [.shape("N,1,3,1")], gives: nil),
      ShapeCase("Squeeze", [.shape("N,1,3"), .integers([2])], gives: nil),
      ShapeCase("Squeeze", [.shape("N,M,3"), .integers([1])], gives: "N,3"),
      ShapeCase("Squeeze", [.shape("2,1,3"), .integers([])], gives: nil),
      ShapeCase("Squeeze", [.shape("2,1,3"), .vector(1)], gives: nil),
      ShapeCase("Unsqueeze", opset: 12, [.shape("N,3")], [.ints("axes", [0, 3])], gives: "1,N,3,1"),
      ShapeCase("Unsqueeze", [.shape("N,3"), .integers([-1])], gives: "N,3,1"),
      ShapeCase("Unsqueeze", [.shape("N,3"), .integers([1, 1])], gives: nil),
      ShapeCase("Unsqueeze", [.shape("N,3"), .integers([4])], gives: nil),
      ShapeCase("Unsqueeze", [.shape("N,3"), .vector(2)], gives: "?,?,?,?"),
    ] as [ShapeCase])
  func `axes of size 1 come and go`(test: ShapeCase) throws { try check(test) }

  @Test(
    arguments: [
      ShapeCase("Reshape", [.shape("N,64,7,7"), .integers([0, -1])], gives: "N,3136"),
      ShapeCase("Reshape", [.shape("?,64,7,7"), .integers([0, -1])], gives: "#,3136"),
      ShapeCase("Reshape", [.shape("N,3136"), .integers([-1, 64, 49])], gives: "N,64,49"),
      ShapeCase("Reshape", [.shape("N,6"), .integers([-1, 4])], gives: "?,4"),
      ShapeCase("Reshape", [.shape("N,M,4"), .integers([0, -1])], gives: "N,?"),
      ShapeCase("Reshape", [.shape("2,3,4"), .integers([4, -1])], gives: "4,6"),
      ShapeCase("Reshape", [.shape("2,3,4"), .integers([5, -1])], gives: "5,?"),
      ShapeCase("Reshape", [.shape("2,3,4"), .integers([-1, -1])], gives: nil),
      ShapeCase("Reshape", [.shape("2,3"), .integers([6, 1, 0])], gives: "6,1,?"),
      ShapeCase("Reshape", [.shape("0,3"), .integers([-1, 3])], gives: "0,3"),
      ShapeCase("Reshape", opset: 14, [.shape("0,3"), .integers([3, 0])], [.int("allowzero", 1)], gives: "3,0"),
      ShapeCase("Reshape", opset: 14, [.shape("0,3"), .integers([0, -1])], [.int("allowzero", 1)], gives: "0,?"),
      ShapeCase("Reshape", [.shape("2,3"), .integers([-2, 3])], gives: "?,3"),
      ShapeCase("Reshape", [.shape("\(Int.max),\(Int.max)"), .integers([-1, 2])], gives: "?,2"),
      ShapeCase("Reshape", [.unranked, .integers([0, 4, -1])], gives: "?,4,?"),
      ShapeCase("Reshape", [.shape("2,3"), .vector(3)], gives: "?,?,?"),
      ShapeCase("Reshape", [.shape("2,3"), .unranked], gives: nil),
      ShapeCase("Reshape", opset: 4, [.shape("N,6")], [.ints("shape", [0, 2, -1])], gives: "N,2,3"),
      ShapeCase("Reshape", [.shape("2"), .integers([Int](repeating: 1, count: 65))], gives: nil),
    ] as [ShapeCase])
  func `a reshape gives the open size what is left`(test: ShapeCase) throws { try check(test) }

  @Test(
    arguments: [
      ShapeCase("Expand", [.shape("3,1"), .integers([2, 1, 4])], gives: "2,3,4"),
      ShapeCase("Expand", [.shape("3,N"), .vector(2)], gives: "3,?"),
      ShapeCase("Expand", [.shape("3,N"), .unranked], gives: nil),
      ShapeCase("Tile", [.shape("2,N"), .integers([3, 1])], gives: "6,N"),
      ShapeCase("Tile", [.shape("2,N"), .vector(2)], gives: "?,?"),
      ShapeCase("Tile", [.shape("2,\(Int.max)"), .integers([-1, 2])], gives: "?,?"),
      ShapeCase("DepthToSpace", [.shape("N,12,H,5")], [.int("blocksize", 2)], gives: "N,3,?,10"),
      ShapeCase("DepthToSpace", [.shape("N,13,4,5")], [.int("blocksize", 2)], gives: "N,?,8,10"),
      ShapeCase("SpaceToDepth", [.shape("N,3,8,10")], [.int("blocksize", 2)], gives: "N,12,4,5"),
      ShapeCase("SpaceToDepth", [.shape("N,3,8,10")], [.int("blocksize", .max)], gives: "?,?,?,?"),
      ShapeCase("SpaceToDepth", [.shape("N,3,8,10")], gives: "?,?,?,?"),
    ] as [ShapeCase])
  func `elements are repeated and moved between axes`(test: ShapeCase) throws { try check(test) }
}
