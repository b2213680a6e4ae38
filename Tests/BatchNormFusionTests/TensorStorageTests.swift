import BatchNormFusion
import Equivalence
import ONNXModelTests
import ProtobufIOTests
import Testing

/// Tensors whose elements stand where their type's do not belong, in every role that a tensor has.
///
/// Each is an error that says so, or a finding of the check, and never ends the process.
@Suite struct TensorStorageTests {
  /// Where the elements of a tensor stand.
  enum Storage: String, CaseIterable, Sendable {
    case none, raw, rawTooShort, rawTooLong, floats, doubles, integers32, integers64, unsigned64, strings

    /// - Parameter width: The bytes that raw elements take.
    func put(_ count: Int, width: Int, into message: inout WireMessage) {
      switch self {
      case .none: break
      case .raw: message.bytes(9, Array(repeating: 0, count: width))
      case .rawTooShort: message.bytes(9, Array(repeating: 0, count: max(width - 1, 0)))
      case .rawTooLong: message.bytes(9, Array(repeating: 0, count: width + 1))
      case .floats: message.packedFloats(4, Array(repeating: 1, count: count))
      case .doubles: message.packedDoubles(10, Array(repeating: 1, count: count))
      case .integers32: message.packedVarints(5, Array(repeating: 1, count: count))
      case .integers64: message.packedVarints(7, Array(repeating: 1, count: count))
      case .unsigned64: message.packedVarints(11, Array(repeating: 1, count: count))
      case .strings: for _ in 0..<count { message.bytes(6, [65]) }
      }
    }
  }

  enum Role: CaseIterable, Sendable {
    case weight, scale, shape, output
  }

  /// The bits of an element by the number of its type, 0 where it has no fixed size.
  private static let widths = [
    0, 32, 8, 8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64, 64, 128, 16, 8, 8, 8, 8, 4, 4, 4, 8, 2, 2, 6, 6, 0, 0,
  ]

  /// The field in which a type's elements belong, beside raw data.
  private static func field(of type: Int) -> Storage? {
    switch type {
    case 1, 14: .floats
    case 11, 15: .doubles
    case 7: .integers64
    case 12, 13: .unsigned64
    case 8: .strings
    case 2...28: .integers32
    default: nil
    }
  }

  private let folder = TemporaryFolder()

  private func tensor(_ name: String, _ shape: [Int], _ type: Int, _ storage: Storage) -> TensorBytes {
    let count = shape.reduce(1, *)
    return TensorBytes(name, type: type, shape) {
      storage.put(count, width: (count * Self.widths[type] + 7) / 8, into: &$0)
    }
  }

  /// A convolution with a norm, a Reshape and a constant output, of which one tensor is stored so.
  private func model(_ role: Role, _ type: Int, _ storage: Storage) -> ModelBytes {
    ModelBytes { graph in
      func put(_ name: String, _ own: Role, _ shape: [Int], _ sound: TensorBytes) {
        graph.initializer(role == own ? tensor(name, shape, type, storage) : sound)
      }
      graph.input("x", [1, 1, 2, 2])
      put("w", .weight, [2, 1, 1, 1], TensorBytes("w", [2, 1, 1, 1]))
      put("s", .scale, [2], TensorBytes("s", [2]))
      put("r", .shape, [2], .int64("r", [2], [1, -1]))
      put("k", .output, [3], TensorBytes("k", [3]))
      for name in ["b", "m", "v"] { graph.initializer(name, [2]) }
      graph.node("Conv", ["x", "w"], ["c"])
      graph.node("BatchNormalization", ["c", "s", "b", "m", "v"], ["n"])
      graph.node("Reshape", ["n", "r"], ["y"])
      graph.output("y")
      graph.output("k")
    }
  }

  /// What a command says: nil where it succeeds.
  private func outcome(_ body: () throws -> CheckResult.Verdict?) -> String? {
    do {
      return try body() == .notRun ? "not run" : nil
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: Role.allCases, Storage.allCases)
  func `no tensor ends the process, whatever its type and wherever its elements stand`(
    role: Role, storage: Storage
  ) throws {
    for type in Self.widths.indices {
      let path = folder.write(model(role, type, storage).bytes, to: "m\(type).onnx")
      var options = FusionOptions()
      options.check = CheckOptions()
      let fused = outcome { try Model(at: path, options: options).fuse(to: folder.path("o.onnx")).check?.verdict }
      let checked = outcome {
        try ModelEvaluator(at: path).check(candidate: ModelEvaluator(at: path)).check.verdict
      }
      let count = role == .weight || role == .scale || role == .shape ? 2 : 3
      let isPacked = [21, 22, 23, 25, 26].contains(type) && storage == .integers32
      let belongs = Self.field(of: type) == storage && !isPacked || storage == .raw && Self.widths[type] > 0
      // Two or three elements of less than a byte are a byte, whose last bit or two are not looked at.
      let mayFit = belongs || isPacked && count == 1 || [0, 14, 15, 29, 30].contains(type)
      if !mayFit {
        #expect(checked?.contains("are stored") == true, "\(type) \(storage): \(checked ?? "succeeds")")
        #expect(fused?.contains("are stored") == true, "\(type) \(storage): \(fused ?? "succeeds")")
      }
    }
  }

  @Test(arguments: Storage.allCases) func `nor does a recorded value`(storage: Storage) throws {
    let path = folder.write(
      ModelBytes {
        $0.input("x", [2])
        $0.node("Identity", ["x"], ["y"])
        $0.output("y")
      }.bytes, to: "m.onnx")
    for type in Self.widths.indices {
      folder.write(tensor("", [2], type, storage).message.bytes, to: "input_0.pb")
      folder.write(tensor("", [2], type, storage).message.bytes, to: "output_0.pb")
      var options = CheckOptions()
      options.data = folder.path
      let checked = outcome { try ModelEvaluator(at: path).check(options).check.verdict }
      if type == 1, storage == .raw || storage == .floats {
        #expect(checked == nil)
      } else {
        #expect(checked?.isEmpty == false, "\(type)")
      }
    }
  }
}
