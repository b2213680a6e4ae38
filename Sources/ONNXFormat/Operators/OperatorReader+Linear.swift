import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

extension OperatorReader {
  /// Conv, opsets 1 to 22: X, W `[O, I/group, kernel…]`, optional B `[O]`.
  func convolution(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    try windowed(node, channelAxis: 0) { (shape, group) throws(ModelFileError) in
      let taps = shape[2...].reduce(1, *)
      guard shape[0] % group == 0,
        let output = ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: shape[0], post: shape[1] * taps),
        let input = ChannelMap(pre: 1, groups: group, mid: shape[0] / group, perGroup: shape[1], post: taps)
      else { return nil }
      return WindowForm(
        output: output, input: input, shiftRule: try shiftRule(ofConvolution: node, kernel: Array(shape[2...])),
        identityElements: try identityElements(of: node, shape, group))
    }
  }

  /// ConvTranspose, opsets 1 to 22: X, W `[I, O/group, kernel…]`, optional B `[O]`.
  func transposedConvolution(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    try windowed(node, channelAxis: 1) { (shape, group) throws(ModelFileError) in
      let taps = shape[2...].reduce(1, *)
      guard shape[0] % group == 0,
        let output = ChannelMap(pre: 1, groups: group, mid: shape[0] / group, perGroup: shape[1], post: taps),
        let input = ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: shape[0], post: shape[1] * taps)
      else { return nil }
      return WindowForm(
        output: output, input: input,
        shiftRule: try shiftRule(ofTransposedConvolution: node, kernel: Array(shape[2...])), identityElements: nil)
    }
  }

  /// - Parameter channelAxis: The weight's axis of output channels.
  private func windowed(
    _ node: Graph.Node, channelAxis: Int, _ form: ([Int], Int) throws(ModelFileError) -> WindowForm?
  ) throws(ModelFileError) -> ReadRole {
    guard !node.hasReferenceAttributes else {
      return .declined(.functionParameter, "the \(title(node)) has attributes that are not known")
    }
    let weight: StoredWeight
    switch try self.weight(node, input: 1) {
    case .none(let role): return role
    case .known(let known): weight = known
    }
    let shape = weight.shape
    let group = try node.integer("group", default: 1)
    guard shape.count >= 3, shape.elementCount != nil, group > 0, let form = try form(shape, group) else {
      return .declined(
        .channelMismatch, "the \(title(node)) has a weight of shape \(shape) and \(group) groups")
    }
    guard !weight.isTransposed else {
      return .declined(.weightNotConstant, "the weight of the \(title(node)) is made by a Transpose")
    }
    let isWhole = form.output.channels == shape[channelAxis]
    guard
      let map = isWhole || weight.quantization == nil
        ? quantizedMap(weight, form.output, axis: channelAxis, { channelMap(of: $0, along: channelAxis) }) : nil
    else { return sharedScales(node) }
    return try withBias(node, 2, channels: form.output.channels, weight.read(form.output, along: channelAxis)) {
      (bias) throws(ModelFileError) in
      LinearOperator(
        weight: weight.constant, weightMap: map, bias: bias, outputRank: shape.count, channelAxis: 1,
        input: weight.quantization == nil
          ? LinearInput(axis: 1, map: form.input, shiftRule: form.shiftRule) : nil,
        identityElements: weight.quantization == nil && !isSparse(weight.constant) ? form.identityElements : nil,
        inputStep: try step(of: node.input(0)), hasOnlyPositiveScales: weight.quantization != nil)
    }
  }

  /// The channels of a tensor that lie along one axis.
  private func channelMap(of shape: [Int], along axis: Int) -> ChannelMap? {
    ChannelMap(
      pre: shape[..<axis].reduce(1, *), groups: 1, mid: 1, perGroup: shape[axis],
      post: shape[(axis + 1)...].reduce(1, *))
  }

  private func sharedScales(_ node: Graph.Node) -> ReadRole {
    .declined(.weightQuantized, "the weight of the \(title(node)) has scales that serve several channels")
  }

  /// Gemm, opsets 1 to 13: `alpha · A' · B' + beta · C`; a constant B `[K, N]`, or `[N, K]` with transB, has the
  /// channels in its columns.
  func gemm(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    let factor = Double(try node.float("alpha", default: 1))
    let weight: StoredWeight
    switch try self.weight(node, input: 1) {
    case .none(let role): return role
    case .known(let known): weight = known
    }
    let isTurned = try node.integer("transB", default: 0) != 0
    guard weight.shape.count == 2, let maps = MatrixMaps(weight, isTurned: isTurned) else {
      return .declined(.channelMismatch, "the \(title(node)) has a weight of shape \(weight.shape)")
    }
    guard !node.hasReferenceAttributes, factor.isFinite else {
      return .declined(.functionParameter, "the \(title(node)) has attributes that are not known")
    }
    let channelAxis = isTurned ? 0 : 1
    guard let map = quantizedMap(weight, maps.ofColumns, axis: channelAxis, { channelMap(of: $0, along: channelAxis) })
    else { return sharedScales(node) }
    let axis = try node.integer("transA", default: 0) != 0 ? 0 : 1
    return try withBias(node, 2, channels: map.channels, weight.read(maps.ofColumns, along: channelAxis)) {
      (bias) throws(ModelFileError) in
      LinearOperator(
        weight: weight.constant, weightMap: map, weightFactor: factor, bias: bias, outputRank: 2, channelAxis: 1,
        input: weight.quantization == nil ? LinearInput(axis: axis, map: maps.ofRows, shiftRule: .passes) : nil,
        inputStep: try step(of: node.input(0)), hasOnlyPositiveScales: weight.quantization != nil)
    }
  }

  /// MatMul, opsets 1 to 13: a constant on the right has its channels in the last axis, one on the left in the
  /// last but one; further axes are matrices of their own, which broadcast, and may be the channels.
  func matrixProduct(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    let isRight = isKnown(node.input(1))
    let side = isRight || !isKnown(node.input(0)) ? 1 : 0
    let weight: StoredWeight
    switch try self.weight(node, input: side) {
    case .none(let role): return role
    case .known(let known): weight = known
    }
    let shape = weight.shape
    guard let other = rank(node.input(1 - side)) else {
      return .declined(.rankUnknown, "the rank of the other operand of the \(title(node)) is not known")
    }
    guard shape.count >= 2, shape.elementCount != nil, other >= 2, let maps = MatrixMaps(weight) else {
      return .declined(
        .channelAxisDiffers, "the \(title(node)) multiplies shape \(shape) with an operand of rank \(other)")
    }
    let rank = max(other, shape.count)
    let depth = side == 1 ? maps.ofRows : maps.ofColumns
    var channels = side == 1 ? maps.ofColumns : maps.ofRows
    var channelAxis = shape.count - (side == 1 ? 1 : 2)
    if weight.quantization == nil, let axis = batchOfChannels(shape, outputRank: rank),
      let matrices = channelMap(of: shape, along: axis)
    {
      (channels, channelAxis) = (matrices, axis)
    }
    guard let map = quantizedMap(weight, channels, axis: channelAxis, { channelMap(of: $0, along: channelAxis) })
    else { return sharedScales(node) }
    let count = shape.dropLast(2).reduce(1, *)
    let reason = DeclineReason(
      .shiftNotUniform, "the \(title(node)) behind it has \(count) matrices, each of which gives a shift of its own")
    return ReadRole(
      .linear(
        LinearOperator(
          weight: weight.constant, weightMap: map, bias: .absent(hasSlot: false), outputRank: rank,
          channelAxis: channelAxis + rank - shape.count,
          input: weight.quantization == nil
            ? LinearInput(
              axis: other - (side == 1 ? 1 : 2), map: depth, shiftRule: count == 1 ? .passes : .declines(reason)) : nil,
          inputStep: try step(of: node.input(1 - side)), hasOnlyPositiveScales: weight.quantization != nil)),
      input: node.input(1 - side), weight: weight.read(channels, along: channelAxis))
  }

  /// The axis of a weight of several matrices that lies along axis 1 of the output, where a norm has its channels; nil
  /// where they differ along another axis.
  private func batchOfChannels(_ shape: [Int], outputRank rank: Int) -> Int? {
    let axis = 1 - (rank - shape.count)
    guard axis >= 0, axis < shape.count - 2, shape[axis] > 1,
      shape.indices.dropLast(2).allSatisfy({ $0 == axis || shape[$0] == 1 })
    else { return nil }
    return axis
  }

  /// Whether a value follows from constants alone.
  private func isKnown(_ value: ValueID?) -> Bool {
    guard let value else { return false }
    if reading.values[value.index].constant != nil { return true }
    guard let producer = reading.graph[value].producer, case let node = reading.nodes[producer.index], node.isStandard
    else { return false }
    return ["Transpose", "DequantizeLinear"].contains(node.operatorType) && reading.constant(node.input(0)) != nil
  }

  /// Completes a linear operator whose bias is an input of its own.
  private func withBias(
    _ node: Graph.Node, _ index: Int, channels: Int, _ weight: StoredWeight,
    _ make: (LinearOperator.Bias) throws(ModelFileError) -> LinearOperator
  ) throws(ModelFileError) -> ReadRole {
    let factor = node.operatorType == "Gemm" ? Double(try node.float("beta", default: 1)) : 1
    guard let value = node.input(index), factor != 0 else {
      return ReadRole(.linear(try make(.absent(hasSlot: true))), input: node.input(0), weight: weight)
    }
    switch try parameter(value, "bias", .biasNotConstant) {
    case .unusable(let reason):
      return .declined(reason.code, "\(title(node)) beside it: \(reason.text)")
    case .constant(let bias):
      guard reading.constants[bias.index].type == reading.constants[weight.constant.index].type else {
        return .declined(
          .typeMismatch,
          "the \(title(node)) has a bias of \(typeName(bias)) and a weight of \(typeName(weight.constant))")
      }
      guard let layout = biasLayout(node, shape(bias), channels: channels), factor.isFinite else {
        return .declined(
          .channelMismatch, "the \(title(node)) has a bias of shape \(shape(bias)) for \(channels) channels")
      }
      return ReadRole(
        .linear(try make(.constant(bias, layout: layout, factor: factor))), input: node.input(0), weight: weight)
    }
  }

  /// How a bias of this shape is laid over rows and channels.
  private func biasLayout(_ node: Graph.Node, _ shape: [Int], channels: Int) -> BiasLayout? {
    if node.operatorType != "Gemm" {
      return shape == [channels] ? BiasLayout(rows: 1, isPerChannel: true) : nil
    }
    guard shape.count <= 2 else { return nil }
    let columns = shape.last ?? 1
    let rows = shape.count == 2 ? shape[0] : 1
    guard columns == channels || columns == 1, rows > 0 else { return nil }
    return BiasLayout(rows: rows, isPerChannel: columns == channels)
  }
}
