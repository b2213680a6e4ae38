import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Operators with one activation whose channels they keep apart.
extension OperatorReader {
  /// Identity hands its input on.
  func identity(_ node: Graph.Node) -> ReadRole { ReadRole(.carrier(ChannelCarrier(.identity)), input: node.input(0)) }

  /// Whether an operator reads constants alone beside its first input, so that nothing is left of it where it goes.
  private func isAlone(_ node: Graph.Node) -> Bool {
    node.inputs.dropFirst().allSatisfy { $0.map { reading.constant($0) != nil } ?? true }
  }

  /// Max, Mean and Min hand on what is their only input.
  func selection(_ node: Graph.Node) -> ReadRole { node.inputs.count == 1 ? identity(node) : ReadRole(.opaque(nil)) }

  /// SequenceConstruct and SequenceAt, opset 11, where the sequence is of one value.
  func sequence(_ node: Graph.Node) -> ReadRole {
    let maker =
      node.operatorType == "SequenceConstruct"
      ? node : node.input(0).flatMap { reading.graph[$0].producer }.map { reading.nodes[$0.index] }
    guard let maker, maker.isStandard, maker.operatorType == "SequenceConstruct", maker.inputs.count == 1 else {
      return ReadRole(.opaque(nil))
    }
    return ReadRole(.carrier(ChannelCarrier(.sameAxes)), input: node.input(0))
  }

  /// ScatterND, opsets 11 to 18, that puts whole rows over all of a constant's, in order, so that nothing of it is left.
  func scattering(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    guard node.attribute("reduction")?.string ?? "none" == "none", !node.hasReferenceAttributes,
      let base = node.input(0), !reading.values[base.index].isOverridable, let data = reading.constant(base),
      let indices = reading.constant(node.input(1)), let rows = shape(data).first, shape(indices) == [rows, 1],
      try reading.integers(node.input(1)) == Array(0..<rows)
    else { return ReadRole(.opaque(nil)) }
    return ReadRole(.carrier(ChannelCarrier(.identity)), input: node.input(2))
  }

  /// Pow, opsets 7 to 15, to the power of 1 of every element.
  func power(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    guard node.version >= 7, let base = node.input(0), let value = reading.values[base.index].shape,
      let constant = reading.constant(node.input(1)), keepsShape(of: value, constant), try isOne(node.input(1))
    else { return ReadRole(.opaque(nil)) }
    return identity(node)
  }

  /// Whether a small constant is 1 in every element.
  private func isOne(_ value: ValueID?) throws(ModelFileError) -> Bool {
    if let floats = try reading.floats(value) { return floats.allSatisfy { $0 == 1 } }
    return try reading.integers(value)?.allSatisfy { $0 == 1 } ?? false
  }

  /// Cast, opsets 6 to 25, to the type that its input has already; what absorbs a map tells whether it has.
  func cast(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    cast(node, to: DataType(rawValue: node.version < 6 ? 0 : try node.integer("to", default: 0)))
  }

  /// CastLike, opsets 15 to 25, to the type of a constant or a graph input.
  func castLike(_ node: Graph.Node) -> ReadRole {
    guard let type = elementType(node.input(1)) else { return ReadRole(.opaque(nil)) }
    return cast(node, to: type)
  }

  private func cast(_ node: Graph.Node, to type: DataType) -> ReadRole {
    guard let storage = type.storage, !node.hasReferenceAttributes else { return ReadRole(.opaque(nil)) }
    let bound = TypeBound(storage, named: type.name, of: "what the \(title(node)) makes")
    return ReadRole(.carrier(ChannelCarrier(.identity, type: bound)), input: node.input(0))
  }

  /// Dropout: opsets 1 and 6 train unless `is_test` is set, 7 to 11 never do, from 12 on an input decides.
  func dropout(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    if !reading.options.assumesInference, try dropsValues(node) {
      return .declined(.dropoutNotInference, "the \(title(node)) before it may drop values")
    }
    return ReadRole(.carrier(ChannelCarrier(.identity)), input: node.input(0))
  }

  private func dropsValues(_ node: Graph.Node) throws(ModelFileError) -> Bool {
    if try TrainingMark(of: node) != nil { return true }
    guard try reading.trainsByInput(node) else { return false }
    // With the constant ratio 0 every element stays and is scaled by 1.
    guard let ratio = node.input(1), !reading.values[ratio.index].isOverridable else { return true }
    return try reading.floats(ratio) != [0]
  }

  /// Reshape, Flatten, Squeeze and Unsqueeze keep the elements in row-major order.
  func reshape(_ node: Graph.Node) -> ReadRole {
    guard let input = node.input(0), let output = node.outputs.first ?? nil, let from = dimensions(input),
      let to = dimensions(output)
    else { return ReadRole(.opaque(unknownShape(node))) }
    return ReadRole(.carrier(ChannelCarrier(.reshape(from: from, to: to))), input: input)
  }

  /// Expand, opsets 8 to 13, and Tile, opsets 6 to 13: along an axis that grows elements repeat.
  func repetition(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    guard let input = node.input(0), let output = node.outputs.first ?? nil,
      let before = reading.values[input.index].shape,
      let factors = try ShapeQuery(reading: reading, node: node, output: 0).integers(1),
      let after = reading.values[output.index].shape, !node.hasReferenceAttributes
    else { return ReadRole(.opaque(unknownShape(node))) }
    let places = before.dimensions.indices.map { $0 + factors.count - before.rank }
    guard after.rank == before.rank, factors.count <= before.rank else { return ReadRole(.opaque(nil)) }
    let grown = before.dimensions.indices.filter { axis in
      let place = places[axis]
      guard place >= 0, factors[place] != .size(1) else { return false }
      return node.operatorType == "Tile" || factors[place] == .unknown || before[axis] != factors[place]
    }
    if grown.isEmpty, isAlone(node) { return identity(node) }
    return ReadRole(.carrier(ChannelCarrier(.sameAxes, mixing: Set(grown))), input: input)
  }

  /// Transpose, opsets 1 to 25, reverses the axes unless it is told another order.
  func transpose(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    guard !node.hasReferenceAttributes else { return ReadRole(.opaque(nil)) }
    let stated = node.attribute("perm")?.integers
    guard let order = stated ?? rank(node.input(0)).map({ Array((0..<$0).reversed()) }) else {
      return ReadRole(.opaque(unknownShape(node)))
    }
    guard Set(order) == Set(order.indices) else { return ReadRole(.opaque(nil)) }
    if order == Array(order.indices) { return identity(node) }
    return ReadRole(.carrier(ChannelCarrier(.permutation(order))), input: node.input(0))
  }

  /// Slice, opsets 1 to 13: along the channels it takes those that are known.
  func slice(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    guard let input = node.input(0), let shape = reading.values[input.index].shape, !node.hasReferenceAttributes,
      let cuts = try ShapeQuery(reading: reading, node: node, output: 0).cuts()
    else { return ReadRole(.opaque(unknownShape(node))) }
    var mixed: Set<Int> = []
    var selection: ChannelCarrier.Layout?
    for cut in cuts {
      guard let axis = shape.axis(cut.axis) else { return ReadRole(.opaque(nil)) }
      if cut.takesAll(of: shape[axis]) { continue }
      if axis == 1, let size = shape[axis].size, size <= Self.channelLimit, let places = cut.places(of: size) {
        let positions = (0..<places.count).map { places.first + $0 * places.step }
        selection = .selection(axis: axis, positions: positions, count: size)
      } else {
        mixed.insert(axis)
      }
    }
    if selection == nil, mixed.isEmpty, isAlone(node) { return identity(node) }
    return ReadRole(.carrier(ChannelCarrier(selection ?? .sameAxes, mixing: mixed)), input: input)
  }

  /// Pad, opsets 1 to 25: what it makes is an element of the input, or a constant that must be its own image.
  func pad(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    guard let input = node.input(0), let rank = rank(input), !node.hasReferenceAttributes else {
      return ReadRole(.opaque(unknownShape(node)))
    }
    let pads = try pads(of: node, rank: rank)
    let padded = pads.map { Set($0.filter { $0.before != 0 || $0.after != 0 }.map(\.axis)) } ?? Set(0..<rank)
    if padded.isEmpty, isAlone(node) { return identity(node) }
    let adds = pads?.contains { $0.before > 0 || $0.after > 0 } ?? true
    let mode = node.attribute("mode")?.string?.description ?? "constant"
    guard mode == "constant" else {
      guard ["reflect", "edge", "wrap"].contains(mode) else { return ReadRole(.opaque(nil)) }
      return ReadRole(.carrier(ChannelCarrier(.sameAxes, mixing: padded)), input: input)
    }
    let isZero = try padsWithZero(node)
    guard !adds || isZero else {
      return .declined(.paddingWithShift, "the \(title(node)) beside it adds a border of another constant than 0")
    }
    let reason = DeclineReason(
      .paddingWithShift, "the \(title(node)) beside it adds a border of 0, which a shift moves")
    return ReadRole(
      .carrier(ChannelCarrier(.sameAxes, mixing: padded, shiftObstacle: adds ? reason : nil)), input: input)
  }

  /// What a Pad adds, or with negative numbers takes, at both ends of axes; nil where that is not known.
  private func pads(
    of node: Graph.Node, rank: Int
  ) throws(ModelFileError) -> [(axis: Int, before: Int, after: Int)]? {
    let pads =
      switch node.version {
      case 1: node.attribute("paddings")?.integers
      case ..<11: node.attribute("pads")?.integers
      default: try reading.integers(node.input(1))
      }
    var axes = Array(0..<rank)
    if node.version >= 18, node.input(3) != nil {
      guard let stated = try reading.integers(node.input(3)) else { return nil }
      axes = stated.map { $0 < 0 ? $0 + rank : $0 }
    }
    guard let pads, pads.count == 2 * axes.count else { return nil }
    return axes.indices.map { (axes[$0], pads[$0], pads[$0 + axes.count]) }
  }

  private func padsWithZero(_ node: Graph.Node) throws(ModelFileError) -> Bool {
    guard node.version >= 11 else { return try node.float("value", default: 0) == 0 }
    guard node.input(2) != nil else { return true }
    return try reading.floats(node.input(2)) == [0]
  }

  /// Relu, LeakyRelu and PRelu have one slope above 0 and one below, so that a positive scale passes, and nothing else.
  func rectifier(_ node: Graph.Node) -> ReadRole {
    guard let input = node.input(0), node.operatorType != "PRelu" || reading.constant(node.input(1)) != nil,
      !node.hasReferenceAttributes
    else { return ReadRole(.opaque(nil)) }
    let name = (node.outputs.first ?? nil).map { reading.name(of: $0).description } ?? ""
    return ReadRole(
      .carrier(
        ChannelCarrier(
          .sameAxes, scales: .notNegative,
          shiftObstacle: DeclineReason(.noLinearProducer, "its input '\(name)' comes from the \(title(node))"))),
      input: input)
  }

  /// DepthToSpace, opsets 1 to 13, and SpaceToDepth.
  func blocks(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    let block = try node.integer("blocksize", default: 0)
    guard (1...1024).contains(block), !node.hasReferenceAttributes else { return ReadRole(.opaque(nil)) }
    guard node.operatorType == "DepthToSpace" else {
      return ReadRole(.carrier(ChannelCarrier(.spaceToDepth(axis: 1, block: block))), input: node.input(0))
    }
    let mode = node.attribute("mode")?.string?.description ?? "DCR"
    guard ["DCR", "CRD"].contains(mode) else { return ReadRole(.opaque(nil)) }
    return ReadRole(
      .carrier(ChannelCarrier(.depthToSpace(axis: 1, block: block, depthFirst: mode == "DCR"))), input: node.input(0))
  }
}

// MARK: - Windows and grids

extension OperatorReader {
  /// MaxPool and GlobalMaxPool take the largest element, so a scale must not turn the order round.
  func maxPool(_ node: Graph.Node) -> ReadRole {
    guard let rank = rank(node.input(0)), rank >= 2 else { return ReadRole(.opaque(unknownShape(node))) }
    return ReadRole(
      .carrier(ChannelCarrier(.sameAxes, mixing: Set(2..<rank), scales: .positive)), input: node.input(0))
  }

  /// AveragePool, opsets 1 to 22, and GlobalAveragePool: a mean, in which a border may count as zeros.
  func averagePool(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    guard let rank = rank(node.input(0)), rank >= 2, !node.hasReferenceAttributes else {
      return ReadRole(.opaque(unknownShape(node)))
    }
    var reason: DeclineReason?
    if node.operatorType == "AveragePool", try node.integer("count_include_pad", default: 0) != 0 {
      let (isPadded, ceilMode) = (try hasPadding(node) != false, try node.integer("ceil_mode", default: 0))
      if isPadded || ceilMode != 0 {
        reason = DeclineReason(
          .paddingWithShift, "the \(title(node)) beside it counts a border of 0, which a shift moves")
      }
    }
    return ReadRole(
      .carrier(ChannelCarrier(.sameAxes, mixing: Set(2..<rank), shiftObstacle: reason)), input: node.input(0))
  }

  /// ReduceMean, ReduceMax and ReduceMin, opsets 1 to 20, of axes that are known; ReduceSum and ReduceProd of one element.
  func reduction(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    let since = node.operatorType == "ReduceSum" ? 13 : 18
    let (isStated, stated) = try ShapeQuery(reading: reading, node: node, output: 0).axes(since: since)
    if node.version >= since, !isStated || stated == [], !node.hasReferenceAttributes,
      try node.integer("noop_with_empty_axes", default: 0) != 0
    {
      return identity(node)
    }
    guard let input = node.input(0), let output = node.outputs.first ?? nil,
      let shape = reading.values[input.index].shape, let from = dimensions(input), let to = dimensions(output),
      !node.hasReferenceAttributes
    else { return ReadRole(.opaque(unknownShape(node))) }
    guard let stated, !stated.isEmpty, let axes = shape.axes(stated) else { return ReadRole(.opaque(nil)) }
    let isOfOne = axes.allSatisfy { shape[$0] == .size(1) }
    guard isOfOne || !["ReduceSum", "ReduceProd"].contains(node.operatorType) else { return ReadRole(.opaque(nil)) }
    let scales: ChannelCarrier.ScaleDemand = isOfOne || node.operatorType == "ReduceMean" ? .none : .notNegative
    guard try node.integer("keepdims", default: 1) == 0 else {
      return ReadRole(.carrier(ChannelCarrier(.sameAxes, mixing: axes, scales: scales)), input: input)
    }
    // What is left is what another shape holds that has one element along each of the axes.
    let single = from.indices.map { axes.contains($0) ? .size(1) : from[$0] }
    return ReadRole(.carrier(ChannelCarrier(.reshape(from: single, to: to), scales: scales)), input: input)
  }

  /// Gather, opsets 1 to 13, of places along one axis that are known.
  func gather(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    guard let input = node.input(0), let shape = reading.values[input.index].shape,
      let axis = shape.axis(try node.integer("axis", default: 0)), !node.hasReferenceAttributes
    else { return ReadRole(.opaque(unknownShape(node))) }
    guard let indices = node.input(1), reading.values[indices.index].rank == 1 else { return ReadRole(.opaque(nil)) }
    guard let size = shape[axis].size, size <= Self.channelLimit, let places = try reading.integers(indices),
      case let positions = places.map({ $0 < 0 ? $0 + size : $0 }), positions.allSatisfy((0..<size).contains)
    else { return ReadRole(.carrier(ChannelCarrier(.sameAxes, mixing: [axis])), input: input) }
    return ReadRole(
      .carrier(ChannelCarrier(.selection(axis: axis, positions: positions, count: size))), input: input)
  }

  /// Whether a window reaches over the border; nil where that depends on sizes.
  func hasPadding(_ node: Graph.Node) throws(ModelFileError) -> Bool? {
    switch node.attribute("auto_pad")?.string?.description ?? "NOTSET" {
    case "NOTSET", "": node.attribute("pads")?.integers.contains { $0 != 0 } ?? false
    case "VALID": false
    default: nil
    }
  }

  /// Resize and Upsample make means of neighbours, whatever the mode, but where a crop reaches beyond the border.
  func resize(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    guard let input = node.input(0), let output = node.outputs.first ?? nil, let rank = rank(input),
      !node.hasReferenceAttributes
    else { return ReadRole(.opaque(unknownShape(node))) }
    if node.attribute("coordinate_transformation_mode")?.string == "tf_crop_and_resize" {
      return .declined(.noLinearProducer, "the \(title(node)) beside it crops and fills what it lacks")
    }
    let kept = try keptAxes(node, input, output, rank)
    return ReadRole(.carrier(ChannelCarrier(.sameAxes, mixing: Set(0..<rank).subtracting(kept))), input: input)
  }

  /// The axes that a Resize leaves as they are.
  private func keptAxes(
    _ node: Graph.Node, _ input: ValueID, _ output: ValueID, _ rank: Int
  ) throws(ModelFileError) -> Set<Int> {
    if node.version >= 18, let axes = node.attribute("axes")?.integers, !axes.isEmpty {
      return Set(0..<rank).subtracting(axes.map { $0 < 0 ? $0 + rank : $0 })
    }
    let scales: [Double]?
    switch (node.operatorType, node.version) {
    case ("Upsample", ..<7): return rank == 4 ? [0, 1] : []
    case ("Upsample", 7...8): scales = node.attribute("scales")?.floats.map { Double($0) }
    case ("Upsample", _), (_, ..<11): scales = try reading.floats(node.input(1))
    default: scales = try reading.floats(node.input(2))
    }
    if let scales, scales.count == rank { return Set(scales.indices.filter { scales[$0] == 1 }) }
    // Sizes that are the same on both sides were not scaled.
    guard let before = reading.values[input.index].shape, let after = reading.values[output.index].shape,
      before.rank == after.rank
    else { return [] }
    return Set((0..<rank).filter { before[$0] != .unknown && before[$0] == after[$0] })
  }
}
