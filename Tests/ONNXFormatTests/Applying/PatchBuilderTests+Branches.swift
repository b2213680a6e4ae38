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

/// Sums that lose a branch, and constants that are one.
extension PatchBuilderTests {
  @Test(arguments: [["c", "n", "z"], ["n", "c", "z"], ["z", "n", "c"]])
  func `a Sum does without the input that an operator beside it makes too`(order: [String]) throws {
    let patch = try patch(sum(of: order))
    #expect(patch.droppedInputs == [OperatorID(2): [order.firstIndex(of: "n") ?? -1]])
    #expect(patch.removedNodes == [OperatorID(1)] && patch.newNodes.isEmpty)
    // The weights count from 1, and 2 goes to the elements in place.
    #expect(try patch.contents.map { try scaled($0.content) } == [[3, 2, 3, 6]])
    #expect(patch.newTensors.map(\.name) == ["c_bias"])
    #expect(try payloadBytes(patch.newTensors[0].content) == littleEndian([-1.5, 1.5]))
  }

  @Test func `in the patched model it is gone, and what the operator makes has another name`() throws {
    let reading = try sum(of: ["z", "n", "c"]).reading(in: folder)
    let graph = try reading.edits(for: try reading.plan()).applied().graph
    #expect(graph.nodes.map(\.operatorType) == ["Conv", "Sum"])
    #expect(graph.nodes[0].outputs == ["c_scaled"] && graph.nodes[1].inputs == ["z", "c_scaled"])
  }

  /// The sum of a convolution `c`, a norm `n` of what that reads, and another value `z`.
  private func sum(of branches: [String]) -> ModelBytes {
    ModelBytes {
      $0.input("x", [nil, 2, nil])
      $0.input("z", [nil, 2, nil])
      $0.initializer("w", [2, 2, 1])
      $0.node("Conv", ["x", "w"], ["c"])
      $0.norm("x", "n")
      $0.node("Sum", branches, ["s"])
      $0.output("s", nil)
    }
  }

  // MARK: - Constants

  @Test(arguments: [("Add", ["c", "k"]), ("Add", ["k", "c"]), ("Sub", ["c", "k"]), ("Sub", ["k", "c"])])
  func `a constant that varies along more than the channels is scaled where it is`(
    type: String, inputs: [String]
  ) throws {
    let patch = try patch(constant(type, inputs))
    let contents = Dictionary(uniqueKeysWithValues: patch.contents.map { ($0.tensor.name, $0.content) })
    #expect(try contents["k"].map { try scaled($0) } == [2, 4, 6, 8, 10, 12])
    #expect(try contents["w"].map { try scaled($0) } == [2, 4, 6, 8])
    // What is subtracted has the shifts turned round.
    let sign: Float = inputs == ["k", "c"] && type == "Sub" ? -1 : 1
    #expect(patch.newTensors.map(\.name) == ["c_bias"] && patch.removedNodes == [OperatorID(2)])
    #expect(try payloadBytes(patch.newTensors[0].content) == littleEndian([-1.5 * sign, 1.5 * sign]))
  }

  @Test func `one that others read is copied`() throws {
    let patch = try patch(constant("Sub", ["k", "c"]) { $0.node("Relu", ["k"], ["o"]) })
    let new = try #require(patch.newTensors.first { $0.name == "k_folded" })
    #expect(new.shape == [2, 3] && new.reader == OperatorID(1))
    #expect(patch.inputs.contains { $0.node == OperatorID(1) && $0.index == 0 && $0.name == "k_folded" })
    #expect(patch.contents.map(\.tensor.name) == ["w"])
  }

  /// Channels along axis 1 of three; a row of positions has none, and so have more axes than the value.
  @Test(arguments: [
    ([2, 3], nil), ([1, 2, 3], nil), ([5, 2, 3], nil), ([1, 3], "channel-axis-differs"),
    ([3], "channel-axis-differs"), ([5, 1, 3], "channel-axis-differs"),
    ([5, 1, 2, 3], "channel-axis-differs"),
  ])
  func `a constant is a branch where it has every channel`(shape: [Int], code: String?) throws {
    #expect(try constant("Add", ["c", "k"], shape: shape).reading(in: folder).codes() == [code])
  }

  private func constant(
    _ type: String, _ inputs: [String], shape: [Int] = [2, 3], adding build: (inout GraphBytes) -> Void = { _ in }
  ) -> ModelBytes {
    ModelBytes {
      $0.input("x", [nil, 2, 3])
      $0.initializer("w", [2, 2, 1])
      $0.initializer("k", shape)
      $0.node("Conv", ["x", "w"], ["c"])
      $0.node(type, inputs, ["a"])
      $0.norm("a", "y")
      build(&$0)
      $0.output("y", nil)
    }
  }
}
