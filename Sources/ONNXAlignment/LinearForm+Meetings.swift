import ModelGraph
import ProtobufIO

extension LinearForm {
  var isConvolution: Bool { kind == .convolution || kind == .transposedConvolution }

  /// The places of a window that meet in one output, for each kind of output that there is.
  ///
  /// - Returns: None where some output meets padding, or that cannot be told.
  /// - Throws: `ModelFileError` where an attribute cannot be read.
  func meetings(in window: [Int]) throws -> [[Int]] {
    switch kind {
    case .gemm, .matrixProduct, .norm, .maps: [[0]]
    case .convolution: try seesPadding(window) ? [] : [Array(0..<window.reduce(1, *))]
    case .transposedConvolution: try transposedMeetings(in: window)
    }
  }

  private func seesPadding(_ window: [Int]) throws -> Bool {
    switch node.attribute("auto_pad")?.string ?? "NOTSET" {
    case "NOTSET": !(node.attribute("pads")?.integers ?? []).allSatisfy { $0 == 0 }
    case "VALID": false
    // One place needs no padding to have an output for each stride.
    default: !window.allSatisfy { $0 == 1 }
    }
  }

  /// Those of a transposed convolution of an activation that is large enough to have an output of each kind.
  private func transposedMeetings(in window: [Int]) throws -> [[Int]] {
    guard ["NOTSET", "VALID"].contains(node.attribute("auto_pad")?.string ?? "NOTSET"),
      node.attribute("output_shape") == nil
    else { return [] }
    func numbers(_ name: Name, _ axis: Int, otherwise: Int) -> Int {
      let numbers = node.attribute(name)?.integers ?? []
      return axis < numbers.count ? numbers[axis] : otherwise
    }
    var result: [[Int]] = [[0]]
    for (axis, size) in window.enumerated() {
      let (stride, dilation) = (numbers("strides", axis, otherwise: 1), numbers("dilations", axis, otherwise: 1))
      guard stride > 0, dilation > 0, size > 0, size <= 1 << 10, stride <= 1 << 10, dilation <= 1 << 10 else {
        return []
      }
      let inputs = (size - 1) * dilation / stride + 3
      let outputs = (inputs - 1) * stride + (size - 1) * dilation + 1 + numbers("output_padding", axis, otherwise: 0)
      let (before, after) = (
        numbers("pads", axis, otherwise: 0), numbers("pads", axis + window.count, otherwise: 0)
      )
      guard before >= 0, after >= 0, before + after < outputs else { return [] }
      var found: Set<[Int]> = []
      for output in before..<(outputs - after) {
        found.insert(
          (0..<size).filter { place in
            let distance = output - place * dilation
            return distance >= 0 && distance % stride == 0 && distance / stride < inputs
          })
      }
      let sets = found.sorted { $0.lexicographicallyPrecedes($1) }
      guard result.count * sets.count <= 1 << 12 else { return [] }
      result = result.flatMap { outer in
        sets.map { inner in outer.flatMap { place in inner.map { place * size + $0 } } }
      }
    }
    return result
  }
}
