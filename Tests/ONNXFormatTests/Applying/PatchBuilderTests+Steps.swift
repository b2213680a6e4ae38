import BatchNormFolding
import ModelGraph
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// Biases that are stored as integers of 32 bits.
extension PatchBuilderTests {
  /// The DequantizeLinear that makes the bias, and the operator.
  private static let maker = OperatorID(1)
  private static let conv = OperatorID(2)

  /// Of steps of 0.5 the integers are 3 and −3: 3 · 2 − 1.5 = 4.5 and −3 · 2 + 1.5 = −4.5, between two multiples of 1;
  /// of a step of 0.25 the second is −2.5: −2.5 · 2 + 1.5 = −3.5 = −7 · 0.5.
  @Test(
    arguments: [([6, -6], [0.5], [4, -4], [1, 1]), ([6, -10], [0.5, 0.25], [4, -7], [1, 0.5])]
      as [([Int], [Float], [Int], [Float])])
  func `a bias of integers stays one, of steps that grow with the scales`(
    integers: [Int], steps: [Float], counts: [Int], newSteps: [Float]
  ) throws {
    let patch = try patch(QuantizedModel(bias: (integers, steps)).model())
    let (count, step) = (try #require(patch.newTensors.first), try #require(patch.newTensors.last))
    #expect(count.name == "bq_folded" && count.type == .int32 && count.shape == [2] && count.reader == Self.maker)
    #expect(step.name == "bs_folded" && step.type == .float32 && step.shape == [2] && step.reader == Self.maker)
    #expect(try int32(count.content) == counts && payloadBytes(step.content) == littleEndian(newSteps))
    #expect(patch.newTensors.count == 2)
  }

  @Test func `and is made under another name along its only axis`() throws {
    let patch = try patch(QuantizedModel(bias: ([6, -8], [0.5, 0.25])).model())
    #expect(patch.integers.map(\.node) == [Self.maker] && patch.integers.map(\.attribute) == ["axis"])
    #expect(patch.integers.map(\.value) == [0])
    #expect(patch.outputs.contains { $0.node == Self.maker && $0.name == "b_folded" })
    #expect(patch.inputs.contains { $0.node == Self.conv && $0.index == 2 && $0.name == "b_folded" })
    #expect(patch.removedInitializers[0]?.isSuperset(of: ["bq", "bs"]) == true)
  }

  @Test func `negative scales make negative counts, not steps`() throws {
    let patch = try patch(QuantizedModel(gamma: [-4, -6], bias: ([6, -8], [0.5, 0.25])).model())
    // (3 − 1) · −2 + 0.5 and (−2 + 1) · −2 − 0.5, in steps of 1 and 0.5.
    #expect(try int32(patch.newTensors[0].content) == [-4, 3])
    #expect(try payloadBytes(patch.newTensors[1].content) == littleEndian([1, 0.5]))
  }

  @Test func `integers and steps that others read stay for them`() throws {
    let model = QuantizedModel(bias: ([6, -8], [0.5, 0.25])).model {
      $0.node("Cast", ["bq"], ["o"], .int("to", 1))
      $0.node("Relu", ["bs"], ["p"])
    }
    let patch = try patch(model)
    #expect(patch.newTensors.map(\.name) == ["bq_folded", "bs_folded"])
    let removed: Set<Name> = patch.removedInitializers[0] ?? []
    #expect(!removed.contains("bq") && !removed.contains("bs"))
  }

  @Test func `a bias that others read is made anew for its operator`() throws {
    let model = QuantizedModel(bias: ([6, -8], [0.5, 0.25])).model { $0.node("Relu", ["b"], ["o"]) }
    let patch = try patch(model)
    #expect(patch.newTensors.map(\.name) == ["bq_folded", "bs_folded"])
    #expect(try int32(patch.newTensors[0].content) == [4, -5])
    let new = try #require(patch.newNodes.first)
    #expect(new.type == "DequantizeLinear" && new.inputs == ["bq_folded", "bs_folded"] && new.output == "b_folded")
    #expect(new.predecessor == Self.maker && new.integers.map { $0.1 } == [0])
    #expect(patch.inputs.contains { $0.node == Self.conv && $0.index == 2 && $0.name == "b_folded" })
    #expect(!patch.removedNodes.contains(Self.maker) && patch.integers.isEmpty)
  }

  @Test(arguments: [[0], [0, 0]])
  func `a zero point of 0 goes where it has not the scales' shape`(zeros: [Int]) throws {
    let model = QuantizedModel(bias: ([6, -6], zeros.map { _ in 0.5 }), biasZeros: zeros)
    let patch = try patch(model.model())
    #expect(try int32(patch.newTensors[0].content) == [4, -4])
    #expect(patch.droppedInputs[Self.maker] == (zeros.count == 1 ? [2] : nil))
    #expect(patch.removedInitializers[0]?.contains("bz") == (zeros.count == 1))
  }

  @Test(arguments: [10, 17])
  func `only a bias that becomes floating point is warned of`(opset: Int) throws {
    // One step for all channels, which there is in every operator set.
    var model = QuantizedModel(bias: ([6, -8], [0.5]))
    (model.opset, model.isQuantized) = (opset, false)
    let patch = try patch(model.model())
    let text = "the bias 'b' of integers becomes floating point: before opset 13 there is one scale for all channels"
    #expect(patch.warnings[0] == (opset < 13 ? [FoldWarning(.biasWidened, text)] : nil))
  }

  @Test func `a count past 32 bits leaves plain numbers, and what made the bias goes`() throws {
    // −1.5 in steps of 2 · 2⁻³² would be −3 · 2³⁰.
    let patch = try patch(QuantizedModel(bias: ([0, 0], [0x1p-32, 0x1p-30])).model())
    let new = try #require(patch.newTensors.first)
    #expect(patch.newTensors.count == 1 && new.type == .float32 && new.reader == Self.conv)
    #expect(try payloadBytes(new.content) == littleEndian([-1.5, 1.5]))
    #expect(patch.removedNodes.contains(Self.maker))
    #expect(patch.removedInitializers[0]?.isSuperset(of: ["bq", "bs"]) == true)
    let text =
      "the bias 'b' of integers becomes floating point: its integers or its scales would be past the range of their types"
    #expect(patch.warnings[0] == [FoldWarning(.biasWidened, text)])
  }

  @Test func `a Gemm's bias of integers stays one`() throws {
    let model = QuantizedModel(
      type: "Gemm", shape: [2, 2], axis: 1, activation: [nil, 2], bias: ([6, -8], [0.5, 0.25]))
    let patch = try patch(model.model())
    #expect(patch.newTensors.map(\.reader) == [Self.maker, Self.maker])
    #expect(try int32(patch.newTensors[0].content) == [4, -5])
  }

  private func int32(_ content: PayloadContent) throws -> [Int] {
    let bytes = try payloadBytes(content)
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      Int(Int32(truncatingIfNeeded: bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int($1) }))
    }
  }
}
