import ONNXModel
import ONNXModelTests
import ProtobufIOTests
import Testing

@testable import ONNXFormat

/// What the operators' rules say of shapes, topic by topic.
@Suite struct ShapeRuleTests {
  let folder = TemporaryFolder()

  func check(_ test: ShapeCase, _ location: SourceLocation = #_sourceLocation) throws {
    #expect(try test.read(in: folder) == test.expected, sourceLocation: location)
  }

  @Test(arguments: ["Relu", "Softmax", "LRN", "GroupNormalization", "Identity", "Cast", "PRelu", "QuantizeLinear"])
  func `most operators keep the shape of their first input`(type: String) throws {
    let hasOthers = OperatorArity.inputLimit(of: type, opset: 17) != 1
    try check(ShapeCase(type, [.shape("N,3,?")] + (hasOthers ? [.shape("5")] : []), gives: "N,3,#"))
  }

  @Test func `a dropout's mask has the shape of its output`() throws {
    try check(ShapeCase("Dropout", [.shape("N,3")], outputs: ["N,3", "N,3"]))
  }

  @Test(arguments: [
    ("2,3", "2,3", "2,3"), ("2,3", "3", "2,3"), ("2,1", "1,3", "2,3"), ("5,1,3", "4,1", "5,4,3"),
    ("N,1", "N,3", "N,3"), ("N,3", "1,1", "N,3"), ("N,3", "7,3", "7,3"), ("N,3", "M,3", "?,3"), ("?", "?", "?"),
    ("?,3", "4,3", "4,3"), ("?,3", "1,3", "#,3"), ("2", "3", "?"), ("0,3", "1,3", "0,3"), ("N", "0", "0"),
    ("", "2", "2"),
  ])
  func `elementwise operators broadcast`(left: String, right: String, result: String) throws {
    try check(ShapeCase("Add", [.shape(left), .shape(right)], gives: result))
    try check(ShapeCase("Mul", [.shape(right), .shape(left)], gives: result))
  }

  @Test(arguments: ["Sum", "Max", "Where"])
  func `operators of three inputs broadcast all of them`(type: String) throws {
    try check(ShapeCase(type, [.shape("2,1,1"), .shape("3,1"), .shape("N")], gives: "2,3,N"))
    try check(ShapeCase(type, [.shape("2,1,1"), .shape("3,1"), .unranked], gives: nil))
  }

  @Test(arguments: [6, 7]) func `before opset 7 the first operand's shape wins`(opset: Int) throws {
    try check(ShapeCase("Add", opset: opset, [.shape("1,3"), .shape("2,3")], gives: opset < 7 ? "1,3" : "2,3"))
  }

  @Test func `an unknown operator has no shape`() throws {
    try check(ShapeCase("Op", [.shape("2,3")], gives: nil))
  }

  @Test(
    arguments: [
      ShapeCase("MatMul", [.shape("N,4"), .shape("4,5")], gives: "N,5"),
      ShapeCase("MatMul", [.shape("2,1,3,4"), .shape("7,4,5")], gives: "2,7,3,5"),
      ShapeCase("MatMul", [.shape("4"), .shape("2,4,5")], gives: "2,5"),
      ShapeCase("MatMul", [.shape("2,3,4"), .shape("4")], gives: "2,3"),
      ShapeCase("MatMul", [.shape("4"), .shape("4")], gives: ""),
      ShapeCase("MatMul", [.shape("4"), .unranked], gives: nil),
      ShapeCase("MatMul", [.shape(""), .shape("4")], gives: nil),
      ShapeCase("QLinearMatMul", [.shape("2,3"), .shape(""), .shape(""), .shape("3,4")], gives: "2,4"),
      ShapeCase("Gemm", [.shape("N,4"), .shape("4,5")], gives: "N,5"),
      ShapeCase("Gemm", [.shape("4,N"), .shape("5,4")], [.int("transA", 1), .int("transB", 1)], gives: "N,5"),
      ShapeCase("Gemm", [.unranked, .shape("4,5")], gives: "?,5"),
    ] as [ShapeCase])
  func `products of matrices have the rows of one and the columns of the other`(test: ShapeCase) throws {
    try check(test)
  }
}
