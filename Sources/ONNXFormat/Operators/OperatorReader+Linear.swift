import BatchNormFolding
import ONNXModel
import ProtobufIO

extension OperatorReader {
  /// A weight of a given rank with its shape, or the role that says why there is none.
  private enum Weight {
    case known(ConstantID, [Int])
    case none(ReadRole)
  }

  private func weight(_ node: ReadNode, input index: Int) -> Weight {
    switch parameter(node.input(index), "weight", .weightNotConstant) {
    case .unusable(let reason):
      return .none(.declined(reason.code, "\(title(node)) before it: \(reason.text)"))
    case .constant(let constant):
      guard reading.constants[constant.index].type.storage != nil else {
        return .none(
          .declined(
            .unsupportedType, "the weight '\(name(constant))' of the \(title(node)) is \(typeName(constant))"))
      }
      guard reading.contents.content(of: constant) != nil else {
        return .none(
          .declined(.weightNotConstant, "the weight '\(name(constant))' of the \(title(node)) is made by a Cast"))
      }
      if isAnnotated(constant, node) {
        return .none(
          .declined(.weightQuantized, "the weight '\(name(constant))' has a quantization annotation"))
      }
      return .known(constant, shape(constant))
    }
  }

  private func isAnnotated(_ constant: ConstantID, _ node: ReadNode) -> Bool {
    let name = name(constant)
    let scope = reading.values[reading.constants[constant.index].value.index].scope
    return reading.scopes[scope].annotatedValues.contains(name)
  }

  /// Conv, opsets 1 to 22: X, W `[O, I/group, kernel…]`, optional B `[O]`.
  func convolution(_ node: ReadNode) throws(ModelFileError) -> ReadRole {
    try linear(node) { shape, group in
      guard shape[0] % group == 0 else { return nil }
      return ChannelMap(
        pre: 1, groups: 1, mid: 1, perGroup: shape[0], post: shape[1...].reduce(1, *))
    }
  }

  /// ConvTranspose, opsets 1 to 22: X, W `[I, O/group, kernel…]`, optional B `[O]`.
  func transposedConvolution(_ node: ReadNode) throws(ModelFileError) -> ReadRole {
    try linear(node) { shape, group in
      guard shape[0] % group == 0 else { return nil }
      return ChannelMap(
        pre: 1, groups: group, mid: shape[0] / group, perGroup: shape[1], post: shape[2...].reduce(1, *))
    }
  }

  private func linear(
    _ node: ReadNode, _ map: ([Int], Int) -> ChannelMap?
  ) throws(ModelFileError) -> ReadRole {
    switch weight(node, input: 1) {
    case .none(let role): return role
    case .known(let weight, let shape):
      let group = try node.integer("group", default: 1)
      guard shape.count >= 3, group > 0, let map = map(shape, group) else {
        return .declined(
          .channelMismatch, "the \(title(node)) has a weight of shape \(shape) and \(group) groups")
      }
      return try withBias(node, 2, channels: map.channels, weight) { bias in
        LinearOperator(
          weight: weight, weightMap: map, bias: bias, outputRank: shape.count, channelAxis: 1)
      }
    }
  }

  /// Gemm, opsets 1 to 13: `alpha · A' · B' + beta · C`; a constant B `[K, N]`, or `[N, K]` with transB, has the
  /// channels in its columns.
  func gemm(_ node: ReadNode) throws(ModelFileError) -> ReadRole {
    let factor = Double(try node.float("alpha", default: 1))
    switch weight(node, input: 1) {
    case .none(let role): return role
    case .known(let weight, let shape):
      let isTransposed = try node.integer("transB", default: 0) != 0
      guard shape.count == 2,
        let map = isTransposed
          ? ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: shape[0], post: shape[1])
          : ChannelMap(pre: shape[0], groups: 1, mid: 1, perGroup: shape[1], post: 1)
      else {
        return .declined(.channelMismatch, "the \(title(node)) has a weight of shape \(shape)")
      }
      let hasAttributesToKnow = !node.hasReferenceAttributes && factor.isFinite
      guard hasAttributesToKnow else {
        return .declined(.functionParameter, "the \(title(node)) has attributes that are not known")
      }
      return try withBias(node, 2, channels: map.channels, weight) { bias in
        LinearOperator(
          weight: weight, weightMap: map, weightFactor: factor, bias: bias, outputRank: 2, channelAxis: 1)
      }
    }
  }

  /// MatMul, opsets 1 to 13: a constant on the right has its channels in the last axis, one on the left in the
  /// last but one.
  func matrixProduct(_ node: ReadNode) -> ReadRole {
    let isRight = reading.constant(node.input(1)) != nil
    let side = isRight || reading.constant(node.input(0)) == nil ? 1 : 0
    switch weight(node, input: side) {
    case .none(let role): return role
    case .known(let weight, let shape):
      guard let other = node.input(1 - side).flatMap({ reading.values[$0.index].rank }) else {
        return .declined(.rankUnknown, "the rank of the other operand of the \(title(node)) is not known")
      }
      guard shape.count == 2, other >= 2,
        let map = side == 1
          ? ChannelMap(pre: shape[0], groups: 1, mid: 1, perGroup: shape[1], post: 1)
          : ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: shape[0], post: shape[1])
      else {
        return .declined(
          .channelAxisDiffers, "the \(title(node)) multiplies shape \(shape) with an operand of rank \(other)")
      }
      return ReadRole(
        .linear(
          LinearOperator(
            weight: weight, weightMap: map, bias: .absent(hasSlot: false), outputRank: other,
            channelAxis: side == 1 ? other - 1 : other - 2)))
    }
  }

  /// Completes a linear operator whose bias is an input of its own.
  private func withBias(
    _ node: ReadNode, _ index: Int, channels: Int, _ weight: ConstantID,
    _ make: (LinearOperator.Bias) -> LinearOperator
  ) throws(ModelFileError) -> ReadRole {
    let factor = node.operatorType == "Gemm" ? Double(try node.float("beta", default: 1)) : 1
    guard let value = node.input(index), factor != 0 else {
      return ReadRole(.linear(make(.absent(hasSlot: true))))
    }
    switch parameter(value, "bias", .biasNotConstant) {
    case .unusable(let reason):
      return .declined(reason.code, "\(title(node)) before it: \(reason.text)")
    case .constant(let bias):
      guard reading.constants[bias.index].type == reading.constants[weight.index].type else {
        return .declined(
          .typeMismatch,
          "the \(title(node)) has a bias of \(typeName(bias)) and a weight of \(typeName(weight))")
      }
      guard let layout = biasLayout(node, shape(bias), channels: channels), factor.isFinite else {
        return .declined(
          .channelMismatch, "the \(title(node)) has a bias of shape \(shape(bias)) for \(channels) channels")
      }
      return ReadRole(.linear(make(.constant(bias, layout: layout, factor: factor))))
    }
  }

  /// How a bias of this shape is laid over rows and channels.
  private func biasLayout(_ node: ReadNode, _ shape: [Int], channels: Int) -> BiasLayout? {
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
