import ONNXModelTests
import Testing

@testable import ONNXFormat

/// Operators whose sizes depend on contents.
extension ShapeRuleTests {
  @Test(
    arguments: [
      ShapeCase("AffineGrid", [.shape("N,2,3"), .integers([1, 3, 8, 8])], gives: "?,?,?,?"),
      ShapeCase("AffineGrid", [.shape("N,3,4"), .vector(5)], gives: "?,?,?,?,?"),
      ShapeCase("AffineGrid", [.shape("N,2,3"), .shape("S")], gives: nil),
      ShapeCase("Col2Im", [.shape("N,12,9"), .integers([5, 5]), .integers([2, 2])], gives: "?,?,?,?"),
      ShapeCase("Det", [.shape("N,4,3,3")], gives: "N,4"),
      ShapeCase("Det", [.shape("N")], gives: nil),
      ShapeCase("GridSample", [.shape("N,C,8,9"), .shape("N,4,5,2")], gives: "N,C,4,5"),
      ShapeCase("GridSample", [.shape("N,C,8,9"), .shape("N,4,5,6,3")], gives: nil),
      ShapeCase("MaxRoiPool", [.shape("N,C,8,9"), .shape("R,5")], gives: "?,C,?,?"),
      ShapeCase("RoiAlign", [.shape("N,C,8,9"), .shape("R,4"), .shape("R")], gives: "?,C,?,?"),
      ShapeCase("RoiAlign", [.shape("N,C,8"), .shape("R,4"), .shape("R")], gives: nil),
      ShapeCase("NonMaxSuppression", [.shape("1,9,4"), .shape("1,2,9")], gives: "?,3"),
      ShapeCase("NonZero", [.shape("N,4,5")], gives: "3,?"),
      ShapeCase("NonZero", [.absent], gives: "?,?"),
      ShapeCase("Unique", [.shape("N,5")], [.int("axis", -1)], outputs: ["N,?", "?", "?", "?"]),
      ShapeCase("Unique", [.shape("N,5")], outputs: ["?", "?", "?", "?"]),
      ShapeCase("Unique", [.shape("N,5")], [.int("axis", 2)], gives: nil),
      ShapeCase("DFT", [.shape("N,16,1")], gives: "?,?,?"),
      ShapeCase("Attention", [.shape("N,S,64"), .shape("N,T,64"), .shape("N,T,64")], gives: "?,?,?"),
      ShapeCase("MaxUnpool", [.shape("N,C,4,4"), .shape("N,C,4,4")], gives: "?,?,?,?"),
      ShapeCase("CenterCropPad", [.shape("N,C,4"), .vector(1)], gives: "?,?,?"),
      ShapeCase("CenterCropPad", [.absent], gives: nil),
      ShapeCase("Range", [.shape(""), .shape(""), .shape("")], gives: "?"),
      ShapeCase("HannWindow", [.shape("")], gives: "?"),
      ShapeCase("STFT", [.shape("N,400,1"), .shape(""), .shape("16")], gives: "?,?,?,?"),
    ] as [ShapeCase])
  func `an operator of sizes that nobody knows has a number of axes`(test: ShapeCase) throws { try check(test) }
}
