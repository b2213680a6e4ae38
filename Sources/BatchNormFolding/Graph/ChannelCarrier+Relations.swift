import Tensors

extension ChannelCarrier {
  /// How the channels of the output, seen in one way, come from the input.
  ///
  /// - Returns: nil where they are no channels of the input.
  func relation(behind output: ChannelView) -> ChannelRelation? {
    guard case .axis(let axis, let count) = output else { return ChannelRelation(.uniform, became: .uniform) }
    switch layout {
    case .identity, .sameAxes:
      return mixedAxes.contains(axis) ? nil : ChannelRelation(output, became: output)
    case .permutation(let permutation):
      guard permutation.indices.contains(axis) else { return nil }
      return ChannelRelation(.axis(permutation[axis], count: count), became: output)
    case .reshape(let from, let to):
      guard let input = Self.aligned(to, output, with: from) else { return nil }
      return ChannelRelation(input: input, output: output)
    case .selection(let selected, let positions, let inputCount):
      guard axis == selected else { return mixedAxes.contains(axis) ? nil : ChannelRelation(output, became: output) }
      guard positions.count == count else { return nil }
      return ChannelRelation(
        input: .axis(axis, count: inputCount), output: output, pairing: positions, with: Array(0..<count))
    case .depthToSpace(let depth, let block, let depthFirst):
      guard axis == depth else { return axis == 0 ? ChannelRelation(output, became: output) : nil }
      return Self.blocks(output, count, block, depthFirst).map { inputs, outputs in
        ChannelRelation(
          input: .axis(depth, count: inputs.count), output: output, pairing: inputs, with: outputs)
      }
    case .spaceToDepth(let depth, let block):
      guard axis == depth else { return axis == 0 ? ChannelRelation(output, became: output) : nil }
      guard block > 0, count % (block * block) == 0, count > 0 else { return nil }
      let channels = count / (block * block)
      return ChannelRelation(
        input: .axis(depth, count: channels), output: output, pairing: (0..<count).map { $0 % channels },
        with: Array(0..<count))
    }
  }

  /// How the channels of the input, seen in one way, go on into the output.
  ///
  /// - Returns: nil where they are no channels of the output.
  func relation(before input: ChannelView) -> ChannelRelation? {
    guard case .axis(let axis, let count) = input else { return ChannelRelation(.uniform, became: .uniform) }
    switch layout {
    case .identity, .sameAxes:
      return mixedAxes.contains(axis) ? nil : ChannelRelation(input, became: input)
    case .permutation(let permutation):
      guard let target = permutation.firstIndex(of: axis) else { return nil }
      return ChannelRelation(input, became: .axis(target, count: count))
    case .reshape(let from, let to):
      guard let output = Self.aligned(from, input, with: to) else { return nil }
      return ChannelRelation(input: input, output: output)
    case .selection(let selected, let positions, let inputCount):
      guard axis == selected else { return mixedAxes.contains(axis) ? nil : ChannelRelation(input, became: input) }
      guard inputCount == count else { return nil }
      return ChannelRelation(
        input: input, output: .axis(axis, count: positions.count), pairing: positions, with: Array(positions.indices))
    case .depthToSpace(let depth, let block, let depthFirst):
      guard axis == depth else { return axis == 0 ? ChannelRelation(input, became: input) : nil }
      guard block > 0, count % (block * block) == 0 else { return nil }
      let output = ChannelView.axis(depth, count: count / (block * block))
      return Self.blocks(output, output.count, block, depthFirst).map { inputs, outputs in
        ChannelRelation(input: input, output: output, pairing: inputs, with: outputs)
      }
    case .spaceToDepth(let depth, let block):
      guard axis == depth else { return axis == 0 ? ChannelRelation(input, became: input) : nil }
      let (total, overflow) = count.multipliedReportingOverflow(by: block * block)
      guard block > 0, !overflow, count > 0, total <= 1 << 24 else { return nil }
      return ChannelRelation(
        input: input, output: .axis(depth, count: total), pairing: (0..<total).map { $0 % count },
        with: Array(0..<total))
    }
  }

  /// The input channels of DepthToSpace with the output channel that each becomes a pixel of.
  private static func blocks(
    _ output: ChannelView, _ count: Int, _ block: Int, _ depthFirst: Bool
  ) -> (inputs: [Int], outputs: [Int])? {
    let (total, overflow) = count.multipliedReportingOverflow(by: block * block)
    guard block > 0, !overflow, count > 0, total <= 1 << 24 else { return nil }
    let inputs = Array(0..<total)
    return (inputs, inputs.map { depthFirst ? $0 % count : $0 / (block * block) })
  }

  /// The axis of another shape of the same elements whose channels split or join those of a view.
  ///
  /// Two axes have the same elements before them if all axes before them multiply to the same, and then what is left
  /// is the same too; or if the axes from them on do.
  private static func aligned(_ shape: [Dimension], _ view: ChannelView, with other: [Dimension]) -> ChannelView? {
    guard case .axis(let axis, let count) = view, shape.indices.contains(axis) else { return nil }
    if let size = shape[axis].size, size != count { return nil }
    var places: [Int] = []
    if let before = Product(shape[..<axis]) { places += other.indices.filter { Product(other[..<$0]) == before } }
    if let behind = Product(shape[(axis + 1)...])?.multiplied(by: count) {
      places += other.indices.reversed().filter { Product(other[$0...]) == behind }
    }
    // Axes of length 1 change no product, so that several may fit; one that keeps the channels whole is meant.
    let whole = places.filter { other[$0].size == count }
    guard let place = whole.first(where: { $0 == axis }) ?? whole.first ?? places.last(where: { other[$0].size != 1 }),
      let size = other[place].size
    else { return nil }
    return .axis(place, count: size)
  }

  /// The product of axes: a number and the lengths that are not known.
  private struct Product: Equatable {
    private var size = 1
    private var symbols: [Int] = []

    /// - Returns: nil where a length is neither known nor named, or one is 0.
    init?(_ extents: ArraySlice<Dimension>) {
      for extent in extents {
        switch extent {
        case .size(let length):
          let (product, overflow) = size.multipliedReportingOverflow(by: length)
          guard length > 0, !overflow else { return nil }
          size = product
        case .symbol(let symbol): symbols.append(symbol)
        case .unknown: return nil
        }
      }
      symbols.sort()
    }

    func multiplied(by count: Int) -> Product? {
      let (product, overflow) = size.multipliedReportingOverflow(by: count)
      guard count > 0, !overflow else { return nil }
      var result = self
      result.size = product
      return result
    }
  }
}
