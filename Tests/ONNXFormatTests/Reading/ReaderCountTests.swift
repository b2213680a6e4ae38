import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// Who takes notice of what a value contains.
@Suite struct ReaderCountTests {
  private let folder = TemporaryFolder()

  /// A Conv whose output a norm reads, and something else.
  private func reading(_ build: (inout GraphBytes) -> Void, function: String? = nil) throws -> ModelReading {
    var model = ModelBytes(graph: .convNorm())
    model.opsets.append(("ai.onnx.ml", 3))
    build(&model.graph)
    if let function {
      model.function(function, domain: "", inputs: ["a"], outputs: ["b"], opsets: [("", 17)]) {
        $0.node("Neg", ["a"], ["b"])
      }
    }
    return try model.reading(in: folder)
  }

  @Test(arguments: ["Shape", "Size", "EyeLike", "RandomNormalLike", "RandomUniformLike"])
  func `what needs a shape alone is no reader`(type: String) throws {
    let reading = try reading {
      $0.node(type, ["c"], ["s"])
      $0.output("s")
    }
    #expect(try reading.codes() == [nil])
  }

  @Test func `CastLike needs the type alone of its second input`() throws {
    let second = try reading {
      $0.node("CastLike", ["x", "c"], ["s"])
      $0.output("s")
    }
    #expect(try second.codes() == [nil])
    let first = try reading {
      $0.node("CastLike", ["c", "x"], ["s"])
      $0.output("s")
    }
    #expect(try first.codes() == ["activation-shared"])
  }

  @Test func `a function of the model may read more than ONNX's own operator of its name`() throws {
    let reading = try reading(
      {
        $0.node("Shape", ["c"], ["s"])
        $0.output("s")
      }, function: "Shape")
    #expect(try reading.codes() == ["activation-shared"])
  }

  @Test func `what no output depends on reads nothing`() throws {
    let reading = try reading {
      $0.node("Relu", ["c"], ["r"])
      $0.node("NonZero", ["r"], ["z"])
    }
    #expect(try reading.codes() == [nil])
    #expect(reading.operation(writing: "r")?.isIdle == true && reading.operation(writing: "c")?.isIdle == false)
  }

  @Test func `what another domain defines may have effects`() throws {
    let reading = try reading {
      $0.node("Relu", ["c"], ["r"])
      $0.node("Print", ["r"], ["p"], domain: "ai.onnx.ml")
    }
    #expect(try reading.codes() == ["activation-shared"])
  }

  /// An If that an output depends on or not, in whose branches the Conv's output is read.
  private func branching(_ type: String, isRead: Bool, domain: String = "") throws -> [String?] {
    try reading { graph in
      let body = GraphBytes {
        $0.node("Relu", ["c"], ["r"])
        $0.node(type, isRead ? ["r"] : ["x"], ["o"], domain: domain)
        $0.output("o")
      }
      graph.input("which", [], type: 9)
      graph.node("If", ["which"], ["z"], .graph("then_branch", body), .graph("else_branch", body))
      if !isRead { graph.output("z") }
    }.codes()
  }

  @Test func `in a branch that hands it to nobody nothing is read`() throws {
    #expect(try branching("Neg", isRead: false) == [nil])
    #expect(try branching("Neg", isRead: true) == [nil])
    #expect(try branching("Print", isRead: true, domain: "ai.onnx.ml") == ["activation-captured"])
  }

  @Test func `what was made of other contents by what nothing reads has another name`() throws {
    let reading = try reading {
      $0.node("Relu", ["c"], ["r"])
      $0.node("Neg", ["r"], ["m"])
      $0.node("Shape", ["c"], ["s"])
      $0.output("s")
    }
    let patch = try PatchBuilder.patch(for: reading.plan(), in: reading)
    #expect(patch.outputs.map(\.name) == ["y", "r_scaled", "m_scaled"])
    #expect(patch.inputs.map(\.name) == ["c_bias", "y", "r_scaled", "y"])
    #expect(patch.renamings.isEmpty)
  }

  @Test func `a constant that a norm read stays for those that read it now`() throws {
    let reading = try ModelBytes {
      $0.initializer("k", [1, 2])
      $0.initializer("w", [2, 2])
      $0.norm("k", "n")
      $0.node("Gemm", ["n", "w"], ["y"])
      $0.output("y")
    }.reading(in: folder)
    let patch = try PatchBuilder.patch(for: reading.plan(), in: reading)
    #expect(patch.removedNodes == [OperatorID(0)] && patch.removedInitializers[0]?.contains("k") == false)
  }

  @Test func `what reads between an operator and the addition that holds its bias reads what is there`() throws {
    let reading = try ModelBytes {
      $0.input("x", [2, 2])
      $0.initializer("w", [2, 2])
      $0.initializer("b", [2])
      $0.node("MatMul", ["x", "w"], ["m"])
      $0.node("Shape", ["m"], ["s"])
      $0.node("Add", ["m", "b"], ["a"])
      $0.norm("a", "y")
      $0.output("y")
      $0.output("s")
    }.reading(in: folder)
    let patch = try PatchBuilder.patch(for: reading.plan(), in: reading)
    #expect(patch.inputs.map(\.name) == ["m_scaled", "m_scaled"])
  }

  @Test func `where a graph names no outputs everything may be wanted`() throws {
    let reading = try ModelBytes {
      $0.input("x", [1])
      $0.node("Relu", ["x"], ["r"])
      $0.node("Relu", ["r"], ["s"])
    }.reading(in: folder)
    #expect(reading.graph.operators.allSatisfy { !$0.isIdle })
  }
}
