import Equivalence
import ONNXModelTests
import Tensors
import Testing

@testable import ONNXEvaluation

/// Values that no sound model holds: each is a failure of its node, or too much, and never ends the process.
@Suite struct HostileValueTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let node: OneNode
    let inputs: [Tensor?]
    /// What the reason must say, where it matters.
    let reason: String?

    init(_ title: String, _ node: OneNode, _ inputs: Tensor?..., reason: String? = nil) {
      testDescription = title
      self.node = node
      self.inputs = inputs
      self.reason = reason
    }
  }

  static let huge: Int64 = 1 << 62
  static let image = zeros([1, 2, 4, 4])
  static let weight = zeros([2, 2, 3, 3])

  static let shapes: [Case] = [
    Case("Reshape to a negative size", OneNode("Reshape"), zeros([2]), integers([-2]), reason: "not possible"),
    Case("Reshape with two open sizes", OneNode("Reshape"), zeros([2]), integers([-1, -1])),
    Case("Reshape beyond all integers", OneNode("Reshape"), zeros([2]), integers([-1, huge, 4])),
    Case("Reshape nothing beyond all integers", OneNode("Reshape"), zeros([0]), integers([0, huge, 4])),
    Case("Expand to a negative size", OneNode("Expand"), zeros([1]), integers([-3]), reason: "not possible"),
    Case("Expand beyond memory", OneNode("Expand"), zeros([1]), integers([huge]), reason: "the limit on memory"),
    Case("ConstantOfShape beyond memory", OneNode("ConstantOfShape"), integers([1 << 31, 1 << 31])),
    Case("ConstantOfShape of nothing beyond all integers", OneNode("ConstantOfShape"), integers([huge, 4, 0])),
    Case("ConstantOfShape of a negative size", OneNode("ConstantOfShape"), integers([-1])),
    Case("Tile whose sizes overflow to 0", OneNode("Tile"), zeros([4]), integers([huge])),
    Case("Tile a negative number of times", OneNode("Tile"), zeros([4]), integers([-1])),
    Case("Tile too few axes", OneNode("Tile"), zeros([4, 1]), integers([1])),
    Case("Squeeze an axis that is not 1", OneNode("Squeeze"), zeros([2]), integers([0])),
    Case("Squeeze an axis out of range", OneNode("Squeeze"), zeros([1]), integers([1]), reason: "rank 1"),
    Case("Unsqueeze an axis twice", OneNode("Unsqueeze"), zeros([2]), integers([0, 0])),
    Case("Unsqueeze out of range", OneNode("Unsqueeze"), zeros([2]), integers([.min])),
    Case("Transpose with an axis twice", OneNode("Transpose", .ints("perm", [0, 0])), zeros([2, 2])),
    Case("Transpose with an axis out of range", OneNode("Transpose", .ints("perm", [0, 7])), zeros([2, 2])),
    Case("Flatten out of range", OneNode("Flatten", .int("axis", 3)), zeros([2, 2])),
    Case("DepthToSpace in blocks of 0", OneNode("DepthToSpace", .int("blocksize", 0)), zeros([1, 4, 1, 1])),
    Case("DepthToSpace in negative blocks", OneNode("DepthToSpace", .int("blocksize", -2)), zeros([1, 4, 1, 1])),
    Case(
      "SpaceToDepth of nothing beyond all integers", OneNode("SpaceToDepth", .int("blocksize", 1 << 30)),
      zeros([8, 8, 0, 0])),
  ]

  static let joins: [Case] = [
    Case("Concat out of range", OneNode("Concat", .int("axis", 2)), zeros([2, 2]), zeros([2, 2])),
    Case("Concat of other sizes", OneNode("Concat", .int("axis", 0)), zeros([2, 2]), zeros([2, 3])),
    Case("Concat of other types", OneNode("Concat", .int("axis", 0)), zeros([2]), integers([1])),
    Case("Concat of nothing", OneNode("Concat", .int("axis", 0))),
    Case("Split that does not add up", OneNode("Split", outputs: 2), zeros([4]), integers([1, 1])),
    Case("Split into negative parts", OneNode("Split", outputs: 2), zeros([4]), integers([5, -1])),
    Case("Slice with a step of 0", slice, zeros([4]), integers([0]), integers([4]), integers([0]), integers([0])),
    Case(
      "Slice with the least step", slice, zeros([4]), integers([0]), integers([4]), integers([0]), integers([.min])),
    Case("Slice out of range", slice, zeros([4]), integers([0]), integers([4]), integers([1]), reason: "axis 1"),
    Case("Slice one axis twice", slice, zeros([4]), integers([3, 3]), integers([4, 4]), integers([0, 0])),
    Case("Slice one axis by two names", slice, zeros([4]), integers([3, 3]), integers([4, 4]), integers([0, -1])),
    Case("Slice with fewer ends than starts", slice, zeros([4]), integers([0, 0]), integers([4])),
    Case("Pad that takes too much away", OneNode("Pad"), zeros([2]), integers([-2, -2])),
    Case("Pad beyond memory", OneNode("Pad"), zeros([2]), integers([1 << 31 - 1, 1 << 31 - 1])),
    Case("Pad beyond all integers", OneNode("Pad"), zeros([2]), integers([.max, .max])),
    Case("Pad with too few numbers", OneNode("Pad"), zeros([2, 2]), integers([1, 1])),
    Case("Pad integers in opset 2", OneNode("Pad", opset: 2, .ints("pads", [1, 1])), integers([1])),
    Case("Pad nothing by its edge", OneNode("Pad", .string("mode", "edge")), zeros([0]), integers([1, 1])),
    Case("CenterCropPad to a negative size", OneNode("CenterCropPad", opset: 18), zeros([2]), integers([-1])),
  ]

  private static let slice = OneNode("Slice")

  static let indices: [Case] = [
    Case("Gather out of range", OneNode("Gather"), zeros([3]), integers([3]), reason: "index 3"),
    Case("Gather far before the start", OneNode("Gather"), zeros([3]), integers([.min])),
    Case("Gather from nothing", OneNode("Gather"), zeros([0]), integers([0])),
    Case("Gather by reals", OneNode("Gather"), zeros([3]), reals([0])),
    Case("GatherElements out of range", OneNode("GatherElements"), zeros([3]), integers([-4])),
    Case("GatherElements of another rank", OneNode("GatherElements"), zeros([3]), integers([0], [1, 1])),
    Case("GatherND too deep", OneNode("GatherND"), zeros([3]), integers([0, 0], [1, 2])),
    Case("GatherND out of range", OneNode("GatherND"), zeros([2, 2]), integers([0, 2], [1, 2])),
    Case("GatherND with endless batches", OneNode("GatherND", .int("batch_dims", .max)), zeros([3]), integers([0])),
    Case("ScatterND out of range", OneNode("ScatterND"), zeros([3]), integers([3], [1, 1]), reals([1])),
    Case("ScatterND of other updates", OneNode("ScatterND"), zeros([3]), integers([0], [1, 1]), reals([1, 2])),
    Case("ScatterElements out of range", OneNode("ScatterElements"), zeros([3]), integers([5]), reals([1])),
    Case("ScatterElements of another type", OneNode("ScatterElements"), zeros([3]), integers([0]), integers([1])),
    Case(
      "TensorScatter far behind", OneNode("TensorScatter", opset: 24), zeros([1, 2, 2]), zeros([1, 1, 2]),
      integers([.max])),
    Case(
      "TensorScatter before the start", OneNode("TensorScatter", opset: 24), zeros([1, 2, 2]), zeros([1, 1, 2]),
      integers([-1])),
    Case("OneHot of a negative depth", OneNode("OneHot"), integers([0]), whole(-1), reals([0, 1])),
    Case("OneHot of endless depth", OneNode("OneHot"), integers([0]), reals([.infinity], []), reals([0, 1])),
    Case("ReverseSequence beyond the end", OneNode("ReverseSequence"), zeros([2, 1]), integers([3])),
    Case("TopK of more than there are", OneNode("TopK", outputs: 2), zeros([2]), integers([3])),
    Case("TopK of less than nothing", OneNode("TopK", outputs: 2), zeros([2]), integers([-1])),
    Case("ArgMax of nothing", OneNode("ArgMax"), zeros([0])),
    Case("ArgMax out of range", OneNode("ArgMax", .int("axis", -2)), zeros([2])),
    Case("CumSum out of range", OneNode("CumSum"), zeros([2]), whole(4)),
    Case("ReduceSum out of range", OneNode("ReduceSum"), zeros([2]), integers([1])),
  ]

  static let windows: [Case] = [
    Case("Conv in 0 groups", OneNode("Conv", .int("group", 0)), image, weight),
    Case("Conv in negative groups", OneNode("Conv", .int("group", -1)), image, weight),
    Case("Conv in endless groups", OneNode("Conv", .int("group", .max)), image, weight),
    Case("Conv with strides of 0", OneNode("Conv", .ints("strides", [0, 1])), image, weight),
    Case("Conv with negative dilations", OneNode("Conv", .ints("dilations", [1, -1])), image, weight),
    Case("Conv with one stride", OneNode("Conv", .ints("strides", [1])), image, weight),
    Case("Conv with another kernel_shape", OneNode("Conv", .ints("kernel_shape", [2, 2])), image, weight),
    Case("Conv with far too much padding", OneNode("Conv", .ints("pads", [.max, 0, 0, 0])), image, weight),
    Case(
      "Conv whose output is beyond memory", OneNode("Conv", .ints("pads", [1 << 30, 0, 1 << 30, 0])), image, weight),
    Case("Conv with a window larger than the input", OneNode("Conv"), image, zeros([2, 2, 5, 1]), reason: "larger"),
    Case("Conv of one axis less", OneNode("Conv"), image, zeros([2, 2, 3])),
    Case("Conv of a list", OneNode("Conv"), zeros([2]), zeros([2])),
    Case("Conv with a short bias", OneNode("Conv"), image, weight, reals([1])),
    Case("ConvTranspose with another kernel_shape", transposed(.ints("kernel_shape", [2, 2])), image, weight),
    Case("ConvTranspose with endless padding", transposed(.ints("output_padding", [.max, 0])), image, weight),
    Case("ConvTranspose of a negative shape", transposed(.ints("output_shape", [.min, 4])), image, weight),
    Case("ConvTranspose cut to less than nothing", transposed(.ints("pads", [9, 9, 9, 9])), image, weight),
    Case(
      "ConvTranspose in endless groups", transposed(.int("group", .max)), zeros([1, 0, 4, 4]), zeros([0, 2, 3, 3])),
    Case("MaxPool without a kernel", OneNode("MaxPool"), image),
    Case(
      "MaxPool with strides of 0", OneNode("MaxPool", .ints("kernel_shape", [2, 2]), .ints("strides", [0, 0])), image),
    Case("MaxPool with a kernel of 0", OneNode("MaxPool", .ints("kernel_shape", [0, 2])), image),
    Case(
      "MaxPool with a kernel beyond all integers",
      OneNode(
        "MaxPool", .ints("kernel_shape", [1 << 31 - 1, 1 << 31 - 1, 1 << 31 - 1]),
        .ints("pads", Array(repeating: 1 << 31 - 1, count: 6))), zeros([1, 1, 2, 2, 2])),
    Case(
      "MaxPool of wide integers", OneNode("MaxPool", .ints("kernel_shape", [1])), integers([.max], [1, 1, 1])),
    Case("GlobalAveragePool of a list", OneNode("GlobalAveragePool"), zeros([2])),
    Case(
      "MaxUnpool out of range", OneNode("MaxUnpool", .ints("kernel_shape", [2])), zeros([1, 1, 1]),
      integers([2], [1, 1, 1])),
    Case(
      "Col2Im of another block", OneNode("Col2Im", opset: 18, .ints("kernel_shape", [1, 1])), zeros([1, 4, 4]),
      integers([3, 3]), integers([2, 2])),
    Case("RoiAlign of an empty image", OneNode("RoiAlign"), zeros([1, 1, 0, 0]), zeros([1, 4]), integers([0])),
    Case("RoiAlign of another image", OneNode("RoiAlign"), image, zeros([1, 4]), integers([1])),
    Case("GridSample of an empty image", OneNode("GridSample"), zeros([1, 1, 0, 0]), zeros([1, 1, 1, 2])),
    Case("Resize to a negative size", OneNode("Resize"), zeros([2]), nil, nil, integers([-1])),
    Case("Resize by a scale of 0", OneNode("Resize"), zeros([2]), nil, reals([0])),
    Case("Resize by NaN", OneNode("Resize"), zeros([2]), nil, reals([.nan])),
    Case("Resize beyond memory", OneNode("Resize"), zeros([2]), nil, reals([1e9])),
    Case("Resize nothing to something", OneNode("Resize"), zeros([0]), nil, nil, integers([2])),
    Case(
      "Resize one axis twice", OneNode("Resize", opset: 18, .ints("axes", [0, 0])), zeros([4]), nil, reals([0.5, 2])),
  ]

  private static func transposed(_ attribute: AttributeBytes) -> OneNode { OneNode("ConvTranspose", attribute) }

  static let numbers: [Case] = [
    Case("Range with a step of 0", OneNode("Range"), whole(1), whole(5), whole(0), reason: "step of 0"),
    Case("Range with a real step of 0", OneNode("Range"), reals([1], []), reals([1], []), reals([0], [])),
    Case("Range beyond memory", OneNode("Range"), whole(0), whole(.max), whole(1), reason: "the limit on memory"),
    Case("Range of truth values", OneNode("Range"), truths([false], []), truths([true], []), truths([true], [])),
    Case("BitShift of reals", OneNode("BitShift", .string("direction", "LEFT")), reals([1]), reals([1])),
    Case("BitwiseAnd of reals", OneNode("BitwiseAnd", opset: 18), reals([1]), reals([1])),
    Case("Add of two types", OneNode("Add"), reals([1]), integers([1])),
    Case("Add that does not broadcast", OneNode("Add"), zeros([2]), zeros([3])),
    Case("Add of truth values", OneNode("Add"), truths([true]), truths([true])),
    Case("Add of one operand", OneNode("Add"), zeros([2]), reason: "input 1 is missing"),
    Case("Exp of integers", OneNode("Exp"), integers([1])),
    Case("Relu of text", OneNode("Relu"), texts(["a"])),
    Case("MatMul of other sizes", OneNode("MatMul"), zeros([2, 3]), zeros([2, 3])),
    Case("MatMul of a scalar", OneNode("MatMul"), zeros([]), zeros([2])),
    Case("MatMul beyond memory", OneNode("MatMul"), zeros([1 << 16, 0]), zeros([0, 1 << 16])),
    Case("Gemm of a list", OneNode("Gemm"), zeros([2]), zeros([2, 2])),
    Case("Einsum that repeats an axis", OneNode("Einsum", .string("equation", "i->ii")), zeros([3])),
    Case("Einsum of another rank", OneNode("Einsum", .string("equation", "ij->i")), zeros([3])),
    Case("Einsum of two operands", OneNode("Einsum", .string("equation", "i,i")), zeros([3])),
    Case("Softmax out of range", OneNode("Softmax", .int("axis", 2)), zeros([2, 2])),
    Case("GroupNormalization in 0 groups", group, zeros([1, 2, 2]), zeros([2]), zeros([2])),
    Case(
      "LayerNormalization of nothing", OneNode("LayerNormalization", outputs: 2), zeros([2, 0]), zeros([0]),
      reason: "no mean"),
    Case("LRN over 0 channels", OneNode("LRN", .int("size", 0)), image),
    Case(
      "BatchNormalization in training mode of opset 13", OneNode("BatchNormalization", opset: 6), zeros([1, 1]),
      zeros([1]), zeros([1]), zeros([1]), zeros([1])),
    Case("Cast to an unknown type", OneNode("Cast", .int("to", 99)), zeros([1]), reason: "type 99"),
    Case("Cast of text that is no number", OneNode("Cast", .int("to", 1)), texts(["x"]), reason: "'x' is no number"),
    Case("QuantizeLinear of text", OneNode("QuantizeLinear"), texts(["a"]), reals([1], [])),
    Case("QuantizeLinear by text", OneNode("QuantizeLinear"), zeros([1]), texts(["a"])),
    Case("QuantizeLinear along no axis", OneNode("QuantizeLinear", .int("axis", 5)), zeros([2, 2]), zeros([2])),
    Case(
      "QuantizeLinear in endless blocks", OneNode("QuantizeLinear", opset: 21, .int("block_size", .max)),
      zeros([2, 2]), zeros([2, 1])),
    Case("DequantizeLinear by integers", OneNode("DequantizeLinear"), integers([1]), integers([1], [])),
    Case("LSTM of no width", OneNode("LSTM"), zeros([2, 1, 0]), zeros([1, 4, 0]), zeros([1, 4, 1])),
    Case(
      "Attention of lists with a cache", OneNode("Attention", opset: 23), zeros([1, 1, 1, 1]), zeros([1, 1]),
      zeros([1, 1]), nil, zeros([1, 1]), zeros([1, 1])),
    Case(
      "Attention in integer precision", OneNode("Attention", opset: 23, .int("softmax_precision", 7)),
      zeros([1, 1, 1, 1]), zeros([1, 1, 1, 1]), zeros([1, 1, 1, 1])),
    Case("DFT of a negative length", OneNode("DFT", .int("axis", 0)), zeros([4, 1]), whole(-1)),
    Case("Dropout of integers", OneNode("Dropout", opset: 7, outputs: 2), integers([1])),
  ]

  private static let group = OneNode("GroupNormalization", opset: 21, .int("num_groups", 0))

  @Test(arguments: shapes) func `an impossible shape fails its node`(_ test: Case) throws { try check(test) }
  @Test(arguments: joins) func `an impossible part fails its node`(_ test: Case) throws { try check(test) }
  @Test(arguments: indices) func `an index out of range fails its node`(_ test: Case) throws { try check(test) }
  @Test(arguments: windows) func `an impossible window fails its node`(_ test: Case) throws { try check(test) }
  @Test(arguments: numbers) func `impossible operands fail their node`(_ test: Case) throws { try check(test) }

  private func check(_ test: Case) throws {
    var reason: String
    do {
      let evaluation = try test.node.evaluation(test.inputs)
      let failure = try #require(evaluation.unexecuted.first, "it gave \(evaluation.outputs)")
      #expect(!failure.isConsequence)
      reason = failure.reason
    } catch let error as EvaluationError where error.code == .limitReached {
      reason = error.message
    }
    #expect(!reason.isEmpty)
    if let expected = test.reason { #expect(reason.contains(expected), "\(reason)") }
  }
}
