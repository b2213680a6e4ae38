import ModelGraph
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXFormat

/// What is known of the integers from which shapes are computed.
@Suite struct IntegerRuleTests {
  private let folder = TemporaryFolder()

  @Test func `the usual export of a reshape by a shape's own sizes is followed`() throws {
    let reading = try read {
      $0.input("x", sizes: ["N", "64", "H", "W"])
      $0.node("Shape", ["x"], ["s"])
      $0.initializer(.int64("zero", [], [0]))
      $0.node("Gather", ["s", "zero"], ["n"], .int("axis", 0))
      $0.initializer(.int64("axes", [1], [0]))
      $0.node("Unsqueeze", ["n", "axes"], ["n1"])
      $0.initializer(.int64("groups", [2], [4, 16]))
      $0.initializer(.int64("rest", [1], [-1]))
      $0.node("Concat", ["n1", "groups", "rest"], ["target"], .int("axis", 0))
      $0.node("Reshape", ["x", "target"], ["y"])
    }
    #expect(reading.text(of: "y") == "N,4,16,?")
  }

  @Test func `a batch without a name keeps the other sizes known`() throws {
    let reading = try read {
      $0.input("x", sizes: ["?", "64", "7", "7"])
      $0.node("Shape", ["x"], ["s"])
      $0.initializer(.int64("zero", [1], [0]))
      $0.node("Gather", ["s", "zero"], ["n"])
      $0.initializer(.int64("rest", [1], [-1]))
      $0.node("Concat", ["n", "rest"], ["target"], .int("axis", 0))
      $0.node("Reshape", ["x", "target"], ["y"])
    }
    #expect(reading.text(of: "y") == "#,3136")
  }

  @Test(
    arguments: [
      ("Shape", ["x"], [], "N,6,8,H"), ("Shape", ["x"], [.int("start", 1), .int("end", -1)], "6,8"),
      ("Slice", ["s", "one", "three"], [], "6,8"), ("Gather", ["s", "minus"], [], "H"),
      ("Gather", ["s", "nine"], [], nil),
      ("Concat", ["minus", "s"], [.int("axis", 0)], "-1,N,6,8,H"), ("Cast", ["s"], [.int("to", 6)], "N,6,8,H"),
      ("Cast", ["s"], [.int("to", 1)], nil), ("Mul", ["s", "two"], [], "?,12,16,?"),
      ("Mul", ["s", "one"], [], "N,6,8,H"),
      ("Div", ["s", "four"], [], "?,1,2,?"), ("Add", ["s", "one"], [], "?,7,9,?"), ("Sub", ["s", "s"], [], "0,0,0,0"),
      ("Mul", ["s", "large"], [], nil), ("Equal", ["s", "minus"], [], "0,0,0,0"), ("Identity", ["s"], [], "N,6,8,H"),
      ("Size", ["s"], [], "4"), ("Constant", [], [.ints("value_ints", [3, -1])], "3,-1"),
      ("Constant", [], [.int("value_int", 5)], "5"), ("Neg", ["s"], [], nil),
      ("Less", ["s", "nine"], [], "?,1,1,?"), ("Less", ["two", "two"], [], "0"), ("Greater", ["two", "one"], [], "1"),
      ("LessOrEqual", ["two", "two"], [], "1"), ("GreaterOrEqual", ["one", "two"], [], "0"),
      ("Not", ["minus"], [], "0"), ("Not", ["no"], [], "1"), ("And", ["yes", "no"], [], "0"),
      ("Or", ["yes", "no"], [], "1"), ("Xor", ["yes", "yes"], [], "0"), ("Cast", ["nine"], [.int("to", 9)], "1"),
    ] as [(String, [String], [AttributeBytes], String?)])
  func `integers are followed through an operator`(
    type: String, inputs: [String], attributes: [AttributeBytes], result: String?
  ) throws {
    let reading = try read {
      $0.input("x", sizes: ["N", "6", "8", "H"])
      $0.node("Shape", ["x"], ["s"])
      for (name, value) in [("one", 1), ("two", 2), ("three", 3), ("four", 4), ("nine", 9), ("minus", -1)] {
        $0.initializer(.int64(name, [1], [value]))
      }
      $0.initializer(.int64("large", [1], [1 << 40]))
      $0.node("Equal", ["two", "two"], ["yes"])
      $0.node("Equal", ["one", "two"], ["no"])
      $0.node(type, inputs, ["y"], attributes: attributes)
    }
    #expect(reading.value("y")?.integers.map { reading.text(of: $0) } == result)
  }

  @Test func `the usual export of an expansion is followed`() throws {
    let reading = try read {
      $0.input("x", sizes: ["1", "3"])
      $0.input("z", sizes: ["N", "5"])
      $0.node("Shape", ["z"], ["s"])
      $0.initializer(.int64("zero", [1], [0]))
      $0.initializer(.int64("minus", [1], [-1]))
      $0.initializer(.int64("count", [1], [2]))
      $0.node("Gather", ["s", "zero"], ["n"])
      $0.node("Concat", ["n", "minus"], ["sizes"], .int("axis", 0))
      $0.node("ConstantOfShape", ["count"], ["ones"], .tensor("value", .int64("", [1], [1])))
      $0.node("Equal", ["sizes", "minus"], ["isOpen"])
      $0.node("Where", ["isOpen", "ones", "sizes"], ["target"])
      $0.node("Expand", ["x", "target"], ["y"])
    }
    #expect(reading.text(of: "y") == "N,3")
  }

  @Test func `what a caller may override is not known`() throws {
    let reading = try read {
      $0.input("x", sizes: ["2", "6"])
      $0.input("s", sizes: ["2"], type: 7)
      $0.initializer(.int64("s", [2], [3, 4]))
      $0.node("Identity", ["s"], ["t"])
      $0.node("Reshape", ["x", "t"], ["y"])
    }
    #expect(reading.text(of: "y") == "?,?")
    #expect(try reading.integers(reading.nodes[0].input(0)) == nil)
  }

  @Test func `integers of either width and computed ones are read`() throws {
    let reading = try read {
      $0.initializer(TensorBytes("i", type: 6, [2], raw: [7, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]))
      $0.input("x", sizes: ["2", "6"])
      $0.node("Shape", ["x"], ["s"])
      $0.node("Op", ["i", "s", "x"], ["y"])
    }
    #expect(try reading.nodes[1].inputs.map { try reading.integers($0) } == [[7, -1], [2, 6], nil])
  }

  private func read(_ build: (inout GraphBytes) -> Void) throws -> ModelReading {
    try ModelBytes(opset: 17, build).reading(in: folder)
  }
}
