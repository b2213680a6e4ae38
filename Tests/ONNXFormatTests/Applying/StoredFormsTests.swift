import BatchNormFolding
import ModelGraph
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXFormat

/// Folds into what is stored in some other way than as a plain initializer.
@Suite struct StoredFormsTests {
  let folder = TemporaryFolder()

  @Test(arguments: ["alias", "gamma cast", "gamma dequantized", "branch cast", "beta cast", "int bias gemm"])
  func `ends no run`(kind: String) async {
    await #expect(processExitsWith: .success) { [kind = kind as String] in
      let folder = TemporaryFolder()
      let bytes: [UInt8] = [6, 0, 0, 0, 8, 0, 0, 0]
      let half: [UInt8] = [0, 0x3C, 0, 0x40]
      let model = ModelBytes {
        $0.input("x", [nil, kind == "alias" ? 1 : 2, nil])
        switch kind {
        case "alias":
          $0.initializer("w", [2, 1, 1])
          $0.initializer(TensorBytes("bq", type: 6, [2], raw: bytes))
          $0.initializer("bs", [2])
          $0.node("DequantizeLinear", ["bq", "bs"], ["b0"], .int("axis", 0))
          $0.node("Identity", ["b0"], ["b"])
          $0.node("Conv", ["x", "w", "b"], ["c"])
          $0.norm("c", "y")
        case "branch cast":
          $0.initializer("w", [2, 2, 1])
          $0.node("Conv", ["x", "w"], ["c"])
          $0.initializer(TensorBytes("k0", type: 10, [2, 2], raw: half + half))
          $0.node("Cast", ["k0"], ["k"], .int("to", 1))
          $0.node("Add", ["c", "k"], ["a"])
          $0.norm("a", "y")
        case "gamma cast", "beta cast":
          $0.node("Sigmoid", ["x"], ["r"])
          $0.normParameters("n")
          $0.initializer(TensorBytes("g0", type: 10, [2], raw: half))
          $0.node("Cast", ["g0"], ["g"], .int("to", 1))
          let names = kind == "gamma cast" ? ["g", "n.beta"] : ["n.gamma", "g"]
          $0.node("BatchNormalization", ["r"] + names + ["n.mean", "n.variance"], ["n"])
          $0.norm("n", "y")
        case "gamma dequantized":
          $0.node("Sigmoid", ["x"], ["r"])
          $0.normParameters("n")
          $0.initializer(TensorBytes("bq", type: 6, [2], raw: bytes))
          $0.initializer("bs", [2])
          $0.node("DequantizeLinear", ["bq", "bs"], ["g"], .int("axis", 0))
          $0.node("BatchNormalization", ["r", "g", "n.beta", "n.mean", "n.variance"], ["n"])
          $0.norm("n", "y")
        default:
          $0.initializer("w", [2, 2])
          $0.initializer(TensorBytes("bq", type: 6, [2], raw: bytes))
          $0.initializer("bs", [2])
          $0.node("DequantizeLinear", ["bq", "bs"], ["b"], .int("axis", 0))
          $0.input("z", [nil, 2])
          $0.node("Gemm", ["z", "w", "b"], ["c"])
          $0.norm("c", "y")
          $0.output("y")
        }
        $0.output("y", nil)
      }
      let reading = try model.reading(in: folder)
      let plan = try reading.plan()
      for fold in plan.folds { _ = try reading.measure(fold) }
      let edits = try reading.edits(for: plan)
      _ = try edits.applied()
    }
  }

  @Test func `integers that a caller may override are not turned`() throws {
    let model = QuantizedModel(gamma: [4, -6]).model { $0.input("q", [2, 2, 1], type: 3) }
    #expect(try model.reading(in: folder).codes() == ["weight-quantized"])
  }

  @Test func `zero points that a caller may override are not spread`() throws {
    let model = QuantizedModel(zeros: [3], scaleShape: [], scales: [0.5], axis: nil).model {
      $0.input("z", [], type: 3)
    }
    #expect(try model.reading(in: folder).codes() == ["weight-quantized"])
  }

  @Test func `before opset 13 a bias of integers keeps one step`() throws {
    let model = ModelBytes(opset: 12) {
      $0.input("x", [nil, 1, nil])
      $0.initializer("w", [2, 1, 1])
      $0.initializer(TensorBytes("bq", type: 6, [2], raw: [6, 0, 0, 0, 8, 0, 0, 0]))
      $0.initializer("bs", [], [0.5])
      $0.node("DequantizeLinear", ["bq", "bs"], ["b"])
      $0.node("Conv", ["x", "w", "b"], ["c"])
      $0.norm("c", "y")
      $0.output("y")
    }
    let reading = try model.reading(in: folder)
    let patch = try PatchBuilder.patch(for: try reading.plan(), in: reading)
    #expect(patch.newTensors.filter { $0.name == "bs_folded" }.allSatisfy { $0.shape == [] })
    #expect(patch.integers.isEmpty)
  }

  @Test func `one scale for a block keeps its rank`() throws {
    let model = ModelBytes(opset: 21, irVersion: 10) {
      $0.input("x", [nil, 4])
      $0.initializer(TensorBytes("q", type: 3, [4, 1], raw: [1, 2, 3, 4]))
      $0.initializer("s", [1, 1], [0.5])
      $0.node("DequantizeLinear", ["q", "s"], ["d"], .int("axis", 0), .int("block_size", 4))
      $0.node("MatMul", ["x", "d"], ["c"])
      for (name, values) in [("g", [4]), ("b", [0.5]), ("m", [1]), ("v", [3])] as [(String, [Float])] {
        $0.initializer(name, [1], values)
      }
      $0.node("BatchNormalization", ["c", "g", "b", "m", "v"], ["y"], .float("epsilon", 1))
    }
    let reading = try model.reading(in: folder)
    let patch = try PatchBuilder.patch(for: try reading.plan(), in: reading)
    #expect(patch.newTensors.filter { $0.name == "s_folded" }.allSatisfy { $0.shape == [1, 1] })
  }

  @Test func `a broadcast branch of a sum that lost another one is not scaled along its rows`() throws {
    let model = ModelBytes {
      $0.input("x", [1, 2, 3, 2])
      $0.input("z", [3, 2])
      $0.initializer("w", [2, 2, 1, 1])
      $0.initializer("v", [2, 2])
      $0.node("Conv", ["x", "w"], ["c"])
      $0.norm("x", "n")
      $0.node("Gemm", ["z", "v"], ["o"])
      $0.node("Sum", ["c", "n", "o"], ["s"])
      $0.norm("s", "y")
      $0.output("y", [1, 2, 3, 2])
    }
    #expect(try model.reading(in: folder).codes() == [nil, "channel-axis-differs"])
  }
}
