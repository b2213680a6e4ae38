import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// How a convolution's or pooling's window moves over the axes behind the channels.
struct SlidingWindow {
  /// The attribute `auto_pad`.
  enum Padding {
    case explicit
    case none
    /// As much as makes every stride begin a window.
    case same

    /// nil for a text that the specification does not know.
    init?(_ text: Name) {
      switch text {
      case "NOTSET", "": self = .explicit
      case "VALID": self = .none
      case "SAME_UPPER", "SAME_LOWER": self = .same
      default: return nil
      }
    }
  }

  let kernel: [Dimension]
  let strides: [Int]
  let dilations: [Int]
  let pads: [(begin: Int, end: Int)]
  let padding: Padding

  /// The number of windows along an axis.
  ///
  /// Source: Conv and the poolings of the ONNX specification. Rounding up is left unknown where the last window
  /// would begin behind the input, which the versions of the specification count differently.
  func slidingSize(of size: Dimension, axis: Int, roundsUp: Bool, isPooling: Bool) -> Dimension {
    let stride = strides[axis]
    if padding == .same {
      // Runtimes do not agree on what a dilated pooling adds.
      if isPooling, dilations[axis] != 1 { return .unknown }
      if stride == 1 { return size }
      return size.size.map { .size($0 / stride + ($0 % stride == 0 ? 0 : 1)) } ?? .unknown
    }
    guard let reach = reach(axis), let pad = total(axis) else { return .unknown }
    if stride == 1, pad == reach { return size }
    guard let size = size.size else { return .unknown }
    let (padded, overflow) = size.addingReportingOverflow(pad)
    guard !overflow, size > 0, padded > reach else { return .unknown }
    let steps = (padded - 1 - reach) / stride
    guard roundsUp, (padded - 1 - reach) % stride != 0 else { return .size(steps + 1) }
    let (last, isFar) = (steps + 1).multipliedReportingOverflow(by: stride)
    guard padding == .explicit, !isFar, last < size + pads[axis].begin else { return .unknown }
    return .size(steps + 2)
  }

  /// The size along an axis of what a transposed convolution spreads its input over.
  ///
  /// Source: ConvTranspose of the ONNX specification, whose early versions leave SAME padding open.
  func spreadSize(of size: Dimension, axis: Int, added: Int, version: Int) -> Dimension {
    let stride = strides[axis]
    guard let reach = reach(axis), let pad = total(axis), added >= 0 else { return .unknown }
    if padding == .same {
      // Where strides leave gaps between windows, runtimes drop the last one.
      return added == 0 && version >= 11 && reach >= stride - 1 ? (size * .size(stride)).valid : .unknown
    }
    let (grown, overflow) = reach.addingReportingOverflow(added)
    guard !overflow else { return .unknown }
    if stride == 1, grown == pad { return size }
    guard let size = size.size, size > 0 else { return .unknown }
    return (.size(size - 1) * .size(stride) + .size(1) + .size(grown) + .size(-pad)).valid
  }

  /// How far a window's last tap is from its first, nil where it is not known.
  private func reach(_ axis: Int) -> Int? {
    guard let kernel = kernel[axis].size, kernel > 0 else { return nil }
    let (reach, overflow) = (kernel - 1).multipliedReportingOverflow(by: dilations[axis])
    return overflow ? nil : reach
  }

  /// What is padded along an axis on both sides together, nil where no integer holds it.
  private func total(_ axis: Int) -> Int? {
    guard padding == .explicit else { return 0 }
    let (total, overflow) = pads[axis].begin.addingReportingOverflow(pads[axis].end)
    return overflow ? nil : total
  }
}
