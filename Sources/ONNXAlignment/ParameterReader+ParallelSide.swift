import Equivalence
import ModelGraph
import ProtobufIO

extension ParameterReader {
  /// The maps beside an operator.
  ///
  /// - Parameter shape: The weight's.
  /// - Returns: nil where the operator has no element that meets the same place of the same channel, or a map is not
  ///   one for each channel.
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  func parallelSide(
    of form: LinearForm, _ shape: [Int], _ channels: Int, fromEnd: Int
  ) throws -> ParallelSide? {
    guard let places = try form.placesOfIdentity(shape) else { return nil }
    func chain(_ links: [LinearForm.Link]) throws -> AffineChain? {
      var steps: [AffineStep] = []
      for link in links {
        guard let made = try self.steps(of: link, channels, fromEnd: fromEnd) else { return nil }
        steps += made
      }
      return AffineChain(channels: channels, steps: steps)
    }
    var chains: [AffineChain] = []
    for links in form.parallels {
      guard let made = try chain(links) else { return nil }
      chains.append(made)
    }
    guard let outer = try chain(form.outerLinks) else { return nil }
    return ParallelSide(places: places, chains: chains, outer: outer)
  }
}

extension LinearForm {
  /// The element of a convolution's weight, for each channel of its output, that meets the same place of the same
  /// channel of its activation.
  ///
  /// - Returns: nil where there is none, or the output has another size.
  /// - Throws: `ModelFileError` where an attribute cannot be read.
  fileprivate func placesOfIdentity(_ shape: [Int]) throws -> [Int]? {
    let groups = try node.attribute("group")?.integer() ?? 1
    guard kind == .convolution, shape.count >= 3, groups > 0, shape[1] <= 1 << 31 / groups,
      shape[0] == shape[1] * groups, (node.attribute("strides")?.integers ?? []).allSatisfy({ $0 == 1 })
    else { return nil }
    let window = Array(shape[2...])
    let (pads, dilations) = (node.attribute("pads")?.integers ?? [], node.attribute("dilations")?.integers ?? [])
    var place = 0
    for (axis, size) in window.enumerated() {
      let dilation = axis < dilations.count ? dilations[axis] : 1
      guard dilation > 0, size > 0, size <= 1 << 20, dilation <= 1 << 20 else { return nil }
      let reach = (size - 1) * dilation
      let (before, after): (Int, Int)
      switch node.attribute("auto_pad")?.string ?? "NOTSET" {
      case "NOTSET" where pads.count == 2 * window.count: (before, after) = (pads[axis], pads[axis + window.count])
      case "NOTSET" where pads.isEmpty, "VALID": (before, after) = (0, 0)
      case "SAME_UPPER": (before, after) = (reach / 2, reach - reach / 2)
      case "SAME_LOWER": (before, after) = (reach - reach / 2, reach / 2)
      default: return nil
      }
      guard before >= 0, before <= reach, after == reach - before, before % dilation == 0 else { return nil }
      place = place * size + before / dilation
    }
    let inner = window.reduce(1, *)
    return (0..<shape[0]).map { ($0 * shape[1] + $0 % shape[1]) * inner + place }
  }
}
