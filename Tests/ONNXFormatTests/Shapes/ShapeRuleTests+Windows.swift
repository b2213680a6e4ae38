import ONNXModelTests
import Testing

@testable import ONNXFormat

/// Convolutions and poolings.
extension ShapeRuleTests {
  @Test(
    arguments: [
      ShapeCase("Conv", [.shape("N,3,8,9"), .shape("4,3,3,3")], gives: "N,4,6,7"),
      ShapeCase("Conv", [.shape("N,3,8,9"), .shape("4,3,3,3")], [.ints("pads", [1, 0, 1, 2])], gives: "N,4,8,9"),
      ShapeCase("Conv", [.shape("1,3,224,224"), .shape("64,3,7,7")], same7, gives: "1,64,112,112"),
      ShapeCase("Conv", [.shape("1,3,9"), .shape("4,3,3")], [.ints("dilations", [3])], gives: "1,4,3"),
      ShapeCase("Conv", [.shape("1,3,H,W"), .shape("4,3,3,1")], [.ints("pads", [1, 0, 1, 0])], gives: "1,4,H,W"),
      ShapeCase("Conv", [.shape("1,3,H,W"), .shape("4,3,3,1")], gives: "1,4,?,W"),
      ShapeCase("Conv", [.shape("1,3,9,10"), .shape("4,3,3,3")], autoPad("SAME_UPPER", [2, 3]), gives: "1,4,5,4"),
      ShapeCase("Conv", [.shape("1,3,H,W"), .shape("4,3,3,3")], autoPad("SAME_LOWER", [1, 2]), gives: "1,4,H,?"),
      ShapeCase("Conv", [.shape("1,3,9,10"), .shape("4,3,3,3")], autoPad("VALID", [2, 3]), gives: "1,4,4,3"),
      ShapeCase("Conv", [.shape("1,3,9,10"), .shape("4,3,3,3")], autoPad("OTHER", [2, 3]), gives: "1,4,?,?"),
      ShapeCase("Conv", [.unranked, .shape("4,3,3,3")], gives: "?,4,?,?"),
      ShapeCase("Conv", [.shape("1,3,9,9"), .unranked], [.ints("kernel_shape", [3, 3])], gives: "1,?,7,7"),
      ShapeCase("Conv", [.shape("1,3,9,9"), .unranked], gives: "1,?,?,?"),
      ShapeCase("Conv", [.shape("1,3,2"), .shape("4,3,3")], gives: "1,4,?"),
      ShapeCase("Conv", [.shape("1,3,9"), .shape("4,3,3,3")], gives: nil),
      ShapeCase("QLinearConv", [.shape("1,3,9"), .shape(""), .shape(""), .shape("4,3,3")], gives: "1,4,7"),
    ] as [ShapeCase])
  func `a convolution has its weight's channels and a place for each window`(test: ShapeCase) throws {
    try check(test)
  }

  @Test(
    arguments: [
      [.ints("strides", [0])], [.ints("strides", [1, 1])], [.ints("dilations", [-1])], [.ints("pads", [-1, 1])],
      [.ints("pads", [.max, .max])], [.ints("dilations", [.max])], [.ints("kernel_shape", [3, 3])],
    ] as [[AttributeBytes]])
  func `attributes that make no sense leave sizes unknown`(attributes: [AttributeBytes]) throws {
    try check(ShapeCase("Conv", [.shape("1,3,9"), .shape("4,3,3")], attributes, gives: "1,4,?"))
    try check(ShapeCase("ConvTranspose", [.shape("1,3,9"), .shape("3,4,3")], attributes, gives: "1,4,?"))
  }

  @Test(
    arguments: [
      ShapeCase("ConvTranspose", [.shape("N,6,5,5"), .shape("6,4,3,3")], gives: "N,4,7,7"),
      ShapeCase(
        "ConvTranspose", [.shape("N,6,5"), .shape("6,4,4")], [.int("group", 2), .ints("strides", [2])], gives: "N,8,12"),
      ShapeCase(
        "ConvTranspose", [.shape("N,6,5"), .shape("6,4,3")],
        [.ints("strides", [2]), .ints("pads", [1, 1]), .ints("output_padding", [1])], gives: "N,4,10"),
      ShapeCase("ConvTranspose", [.shape("N,6,L"), .shape("6,4,3")], [.ints("pads", [1, 1])], gives: "N,4,L"),
      ShapeCase("ConvTranspose", [.shape("N,6,5"), .shape("6,4,3")], [.ints("output_shape", [11])], gives: "N,4,11"),
      ShapeCase("ConvTranspose", [.shape("N,6,5"), .shape("6,4,3")], autoPad("SAME_UPPER", [3]), gives: "N,4,15"),
      ShapeCase("ConvTranspose", [.shape("N,6,5"), .shape("6,4,3")], autoPad("SAME_UPPER", [4]), gives: "N,4,?"),
      ShapeCase(
        "ConvTranspose", opset: 10, [.shape("N,6,5"), .shape("6,4,3")], autoPad("SAME_UPPER", [3]), gives: "N,4,?"),
      ShapeCase("ConvTranspose", [.shape("N,6,5"), .shape("6,4,3")], autoPad("VALID", [3]), gives: "N,4,15"),
      ShapeCase("ConvTranspose", [.shape("N,6,1"), .shape("6,4,1")], [.ints("pads", [1, 1])], gives: "N,4,?"),
      ShapeCase("ConvTranspose", [.shape("N,6,5"), .shape("6,4,3")], [.ints("strides", [.max])], gives: "N,4,?"),
      ShapeCase("ConvTranspose", [.unranked, .shape("6,4,3")], gives: "?,4,?"),
    ] as [ShapeCase])
  func `a transposed convolution spreads its input`(test: ShapeCase) throws { try check(test) }

  @Test(
    arguments: [
      ShapeCase("MaxPool", [.shape("N,3,8,9")], pool(3, stride: 2), gives: "N,3,3,4"),
      ShapeCase("MaxPool", [.shape("N,3,8,9")], pool(3, stride: 2, ceil: 1), gives: "N,3,4,4"),
      ShapeCase("MaxPool", [.shape("N,3,112,112")], pool(3, stride: 2, pad: 1), outputs: ["N,3,56,56", "N,3,56,56"]),
      ShapeCase("AveragePool", [.shape("N,3,8,8")], pool(2, stride: 2), gives: "N,3,4,4"),
      ShapeCase("LpPool", opset: 18, [.shape("N,3,8,8")], pool(2, stride: 2), gives: "N,3,4,4"),
      // The last window would begin in the padding.
      ShapeCase("MaxPool", [.shape("N,3,3,3")], pool(2, stride: 2, pad: 1, ceil: 1), gives: "N,3,?,?"),
      ShapeCase("AveragePool", [.shape("N,3,4,4")], pool(1, stride: 3, pad: 1, ceil: 1), gives: "N,3,?,?"),
      ShapeCase("AveragePool", opset: 9, [.shape("N,3,8,8")], pool(3, stride: 2, ceil: 1), gives: "N,3,?,?"),
      ShapeCase("MaxPool", [.shape("N,3,H,W")], pool(3, stride: 1, pad: 1), gives: "N,3,H,W"),
      ShapeCase("MaxPool", [.shape("N,3,H,W")], pool(3, stride: 2, pad: 1), gives: "N,3,?,?"),
      ShapeCase(
        "MaxPool", [.shape("N,3,9")], autoPad("SAME_UPPER", [2]) + [.ints("kernel_shape", [2])], gives: "N,3,5"),
      ShapeCase("MaxPool", [.shape("N,3,9")], gives: "N,3,?"),
      ShapeCase("GlobalAveragePool", [.shape("N,3,H,W")], gives: "N,3,1,1"),
      ShapeCase("GlobalMaxPool", [.shape("N,C,?")], gives: "N,C,1"),
    ] as [ShapeCase])
  func `a pooling keeps the channels`(test: ShapeCase) throws { try check(test) }

  private static var same7: [AttributeBytes] { [.ints("strides", [2, 2]), .ints("pads", [3, 3, 3, 3])] }

  private static func autoPad(_ text: String, _ strides: [Int]) -> [AttributeBytes] {
    [.string("auto_pad", text), .ints("strides", strides)]
  }

  private static func pool(_ kernel: Int, stride: Int, pad: Int = 0, ceil: Int = 0) -> [AttributeBytes] {
    [
      .ints("kernel_shape", [kernel, kernel]), .ints("strides", [stride, stride]),
      .ints("pads", [pad, pad, pad, pad]), .int("ceil_mode", ceil),
    ]
  }
}
