import NumericKernels
import ProtobufIO
import Tensors

/// The attributes by which convolutions and poolings place their windows.
struct WindowAttributes {
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]
  let autoPad: String
  private let pads: [Int]?

  /// - Parameter kernel: The window's sizes where the weight has them.
  init<S: RunScalar>(_ call: OperatorCall<S>, spatialRank: Int, kernel: [Int]? = nil) throws {
    guard let kernel = call.integers("kernel_shape") ?? kernel else { throw ComputationFailure("has no kernel_shape") }
    self.kernel = kernel
    strides = call.integers("strides") ?? Array(repeating: 1, count: spatialRank)
    dilations = call.integers("dilations") ?? Array(repeating: 1, count: spatialRank)
    pads = call.integers("pads")
    autoPad = call.text("auto_pad", default: "NOTSET")
    guard spatialRank > 0, [kernel, strides, dilations].allSatisfy({ $0.count == spatialRank }),
      pads.map({ $0.count == 2 * spatialRank }) ?? true
    else { throw ComputationFailure("its window does not have \(spatialRank) axes") }
    guard (kernel + strides + dilations).allSatisfy({ $0 > 0 && $0 < 1 << 31 }),
      (pads ?? []).allSatisfy({ (-1 << 31..<1 << 31).contains($0) })
    else { throw ComputationFailure("its window has sizes that are not possible") }
    _ = try kernel.possibleCount()
  }

  /// Counts the places at which a window looks, for so many channels, and the memory for a list of some lines of them.
  static func count(_ geometry: WindowGeometry, channels: Int, lines: Int, cost: Int) throws {
    try Ledger.check(geometry.taps, lines, bytes: 32)
    try Ledger.count(geometry.taps, geometry.rows, cost: 100)
    try Ledger.count(channels, geometry.outputCount, geometry.taps, cost: cost)
  }

  /// How far the window reaches along an axis.
  func extent(_ axis: Int) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }

  /// The padding before and behind one axis of the input.
  func padding(_ axis: Int, input: Int) -> (begin: Int, end: Int) {
    switch autoPad {
    case "SAME_UPPER", "SAME_LOWER":
      let output = (input + strides[axis] - 1) / strides[axis]
      let total = max(0, (output - 1) * strides[axis] + extent(axis) - input)
      let small = total / 2
      return autoPad == "SAME_UPPER" ? (small, total - small) : (total - small, small)
    case "VALID": return (0, 0)
    default:
      let pads = pads ?? Array(repeating: 0, count: 2 * kernel.count)
      return (pads[axis], pads[axis + kernel.count])
    }
  }

  /// The explicit padding, where there is one.
  func explicitPadding(_ axis: Int) -> (begin: Int, end: Int) {
    pads.map { ($0[axis], $0[axis + kernel.count]) } ?? (0, 0)
  }

  /// How the window slides over an input.
  ///
  /// - Parameter roundsUp: Whether a last window may begin inside and end outside of the padded input.
  func geometry(input: [Int], roundsUp: Bool = false) throws -> WindowGeometry {
    _ = try input.possibleCount()
    var output: [Int] = []
    for axis in input.indices {
      let (begin, end) = padding(axis, input: input[axis])
      let room = input[axis] + begin + end - extent(axis)
      guard room >= 0 || input[axis] == 0 else {
        throw ComputationFailure(
          "its window of \(extent(axis)) is larger than the padded input of \(room + extent(axis))")
      }
      var count = max(0, room) / strides[axis] + 1
      if roundsUp, room % strides[axis] != 0, count * strides[axis] < input[axis] + begin { count += 1 }
      output.append(input[axis] == 0 ? 0 : count)
    }
    return WindowGeometry(
      input: input, output: output, kernel: kernel, strides: strides, dilations: dilations,
      padding: input.indices.map { padding($0, input: input[$0]).begin })
  }
}
