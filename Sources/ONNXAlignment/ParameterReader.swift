import Equivalence
import ModelGraph
import ProtobufIO
import Tensors

/// Reads the numbers of linear forms.
struct ParameterReader {
  let scope: GraphScope

  /// The numbers of a form.
  ///
  /// - Returns: nil where one of them is not known, or is not one for each channel.
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  /// - Complexity: O(elements).
  func parameters(of form: LinearForm) throws -> LinearParameters? {
    if case .maps(let channels, let kind, let fromEnd) = form.kind {
      return try parameters(of: form.links, channels, kind, fromEnd: fromEnd)
    }
    guard let (shape, kind) = try scope.typeOfConstant(form.weight), kind.isReal, let axes = try axes(of: form, shape)
    else { return nil }
    let input = try inputSide(of: form, shape)
    guard input != nil || form.inputLinks.isEmpty else { return nil }
    let channels = axes.layout.channels
    var steps: [AffineStep] = []
    var tensor = form.bias?.description ?? ""
    for link in form.links {
      guard let made = try self.steps(of: link, channels, fromEnd: axes.channelAxisFromEnd) else { return nil }
      steps += made
      if case .addition(let name, _) = link { tensor = name.description }
    }
    var result = LinearParameters(
      weight: { try weight(form.weight) ?? [] }, weightCount: shape.reduce(1, *), weightKind: kind,
      weightTensor: form.weight.description, layout: axes.layout,
      chain: AffineChain(channels: channels, steps: steps))
    if let node = dequantizer(of: form.weight) {
      result.weightIsProduct = true
      result.weightScales = try weightScales(at: node, of: form, shape, channels)
    }
    result.input = input
    result.biasTensor = tensor
    if form.kind == .gemm {
      result.weightFactor = Double(try form.node.attribute("alpha")?.float() ?? 1)
      result.biasFactor = Double(try form.node.attribute("beta")?.float() ?? 1)
    }
    if let name = form.bias {
      guard let bias = try scope.value(of: name), let numbers = bias.doubles,
        let spread = Self.bias(numbers, bias.shape, channels)
      else { return nil }
      result.bias = spread
      result.biasKind = bias.kind
      result.biasSteps = try biasSteps(name, channels, spread)
    }
    if case .addition(let name, _)? = form.links.last, case .addition(let numbers)? = steps.last {
      result.biasSteps = try biasSteps(name, channels, numbers)
    }
    guard !form.parallels.isEmpty else { return result }
    guard let parallel = try parallelSide(of: form, shape, channels, fromEnd: axes.channelAxisFromEnd) else {
      return nil
    }
    result.add(parallel)
    return result
  }

  /// The elements of a weight; what a DequantizeLinear makes of stored integers is not rounded as running it would be.
  ///
  /// The stored numbers are the integers and their scales, and those are what a fold is judged by.
  private func weight(_ name: Name) throws -> [Double]? {
    guard let node = scope.maker(of: name)?.node.node, node.operatorType == "DequantizeLinear", node.domain.isOwn,
      node.inputs.allSatisfy({ $0.isEmpty || !scope.isRounded($0) })
    else { return try scope.value(of: name)?.doubles }
    return try scope.value(of: name, precision: .float64)?.doubles
  }

  /// The DequantizeLinear that makes a constant; nil where another node does.
  private func dequantizer(of name: Name) -> NamedNode? {
    guard let node = scope.maker(of: name)?.node.node, node.operatorType == "DequantizeLinear", node.domain.isOwn,
      node.inputs.count >= 2
    else { return nil }
    return node
  }

  /// The scales of a weight that is made of integers, one for each channel of the output; nil for scales that are not
  /// those of channels.
  private func weightScales(
    at node: NamedNode, of form: LinearForm, _ shape: [Int], _ channels: Int
  ) throws -> [Double]? {
    guard let scale = try scope.value(of: node.inputs[1]), let numbers = scale.doubles,
      try node.attribute("block_size")?.integer() ?? 0 == 0
    else { return nil }
    if numbers.count == 1 { return Array(repeating: numbers[0], count: channels) }
    let axis = try node.attribute("axis")?.integer() ?? 1
    guard numbers.count == channels,
      try channelAxis(of: form, rank: shape.count) == (axis < 0 ? axis + shape.count : axis)
    else { return nil }
    return numbers
  }

  /// The axis of a weight that is that of the output's channels; nil where it is not one.
  private func channelAxis(of form: LinearForm, rank: Int) throws -> Int? {
    switch form.kind {
    case .convolution: 0
    case .transposedConvolution: try form.node.attribute("group")?.integer() ?? 1 == 1 ? 1 : nil
    case .gemm: try form.node.attribute("transB")?.integer() ?? 0 != 0 ? 0 : 1
    case .matrixProduct(let weightIsLeft): weightIsLeft ? rank - 2 : rank - 1
    case .norm, .maps: nil
    }
  }

  /// How a bias is stored that a DequantizeLinear makes of integers; nil for another.
  ///
  /// - Parameter numbers: What a run reads of it, for each element.
  private func biasSteps(_ name: Name, _ channels: Int, _ numbers: [Double]) throws -> BiasSteps? {
    guard let node = dequantizer(of: name), let sizes = try scope.value(of: node.inputs[1])?.doubles,
      sizes.count == 1 || sizes.count == channels, sizes.allSatisfy({ $0 > 0 && $0.isFinite }),
      let kind = try scope.typeOfConstant(node.inputs[0])?.kind, kind.isInteger,
      let exact = try scope.value(of: name, precision: .float64), let products = exact.doubles,
      let spread = Self.bias(products, exact.shape, channels) ?? channelNumbers(products, channels),
      spread.count == numbers.count
    else { return nil }
    return BiasSteps(
      tensor: node.inputs[0].description, type: kind.rawValue,
      sizes: sizes.count == channels ? sizes : Array(repeating: sizes[0], count: channels),
      rests: zip(spread, numbers).map { $0 - $1 })
  }

  private func channelNumbers(_ numbers: [Double], _ channels: Int) -> [Double]? {
    numbers.count == channels ? numbers : nil
  }

  /// Where a weight's channels are, and those of the operator's output, counted from the last axis.
  private func axes(of form: LinearForm, _ shape: [Int]) throws -> (layout: WeightLayout, channelAxisFromEnd: Int)? {
    let count = shape.reduce(1, *)
    func layout(_ channels: Int, _ inner: Int, groups: Int = 1, fromEnd: Int) -> (WeightLayout, Int)? {
      WeightLayout(channels: channels, inner: inner, count: count, groups: groups).map { ($0, fromEnd) }
    }
    switch form.kind {
    case .convolution:
      guard shape.count >= 2, shape[0] > 0 else { return nil }
      return layout(shape[0], count / shape[0], fromEnd: shape.count - 2)
    case .transposedConvolution:
      let groups = try form.node.attribute("group")?.integer() ?? 1
      guard shape.count >= 2, groups > 0, shape[1] <= 1 << 31 / groups else { return nil }
      return layout(shape[1] * groups, shape[2...].reduce(1, *), groups: groups, fromEnd: shape.count - 2)
    case .gemm:
      let isTransposed = try form.node.attribute("transB")?.integer() ?? 0 != 0
      guard shape.count == 2 else { return nil }
      return isTransposed ? layout(shape[0], shape[1], fromEnd: 0) : layout(shape[1], 1, fromEnd: 0)
    case .matrixProduct(let weightIsLeft):
      guard let last = shape.last, shape.count >= 2 else { return nil }
      return weightIsLeft ? layout(shape[shape.count - 2], last, fromEnd: 1) : layout(last, 1, fromEnd: 0)
    case .norm(let fromEnd): return layout(count, 1, fromEnd: fromEnd)
    case .maps: return nil
    }
  }

  /// The numbers of maps alone, as those of an operator that multiplies each channel by 1.
  private func parameters(
    of links: [LinearForm.Link], _ channels: Int, _ kind: ElementType, fromEnd: Int
  ) throws -> LinearParameters? {
    guard let layout = WeightLayout(channels: channels, inner: 1, count: channels) else { return nil }
    var steps: [AffineStep] = []
    for link in links {
      guard let made = try self.steps(of: link, channels, fromEnd: fromEnd) else { return nil }
      steps += made
    }
    var result = LinearParameters(
      weight: { Array(repeating: 1, count: channels) }, weightCount: channels, weightKind: kind, weightTensor: "",
      layout: layout, chain: AffineChain(channels: channels, steps: steps))
    result.input = InputSide(
      layout: layout, chain: AffineChain(channels: channels, steps: []), window: 1, meetings: [[0]])
    return result
  }

  /// A bias as one number for each channel, or for each channel of several rows.
  private static func bias(_ numbers: [Double], _ shape: [Int], _ channels: Int) -> [Double]? {
    if shape.last ?? 1 == 1, shape.count < 3 {
      return numbers.flatMap { Array(repeating: $0, count: channels) }
    }
    guard shape.last == channels, numbers.count % channels == 0, !numbers.isEmpty else { return nil }
    return numbers
  }

  func steps(of link: LinearForm.Link, _ channels: Int, fromEnd: Int) throws -> [AffineStep]? {
    func steps(_ name: Name, _ node: NamedNode, _ make: ([Double]) -> [AffineStep]) throws -> [AffineStep]? {
      try numbers(name, at: node, channels, fromEnd).map(make)
    }
    return switch link {
    case .norm(let node): try normalization(of: node, channels).map { [$0] }
    case .standardization(let node): try standardization(of: node, channels).map { [$0] }
    case .addition(let name, let node): try steps(name, node) { [.addition($0)] }
    case .subtraction(let name, let node): try steps(name, node) { [.addition($0.map { -$0 })] }
    case .reversedSubtraction(let name, let node):
      try steps(name, node) { [.multiplication($0.map { _ in -1 }), .addition($0)] }
    case .multiplication(let name, let node): try steps(name, node) { [.multiplication($0)] }
    case .division(let name, let node): try steps(name, node) { [.division($0)] }
    }
  }

  private func standardization(of node: NamedNode, _ channels: Int) throws -> AffineStep? {
    guard case .normalization(_, _, let mean, let variance, let epsilon)? = try normalization(of: node, channels)
    else { return nil }
    return .normalization(
      gamma: Array(repeating: 1, count: channels), beta: Array(repeating: 0, count: channels), mean: mean,
      variance: variance, epsilon: epsilon)
  }

  private func normalization(of node: NamedNode, _ channels: Int) throws -> AffineStep? {
    var parameters: [[Double]] = []
    for name in node.inputs.dropFirst() {
      guard let numbers = try scope.value(of: name)?.doubles, numbers.count == channels else { return nil }
      parameters.append(numbers)
    }
    guard parameters.count == 4 else { return nil }
    let epsilon = Double(try node.attribute("epsilon")?.float() ?? 1e-5)
    return .normalization(
      gamma: parameters[0], beta: parameters[1], mean: parameters[2], variance: parameters[3], epsilon: epsilon)
  }

  /// The numbers of an operand that varies along the channel axis alone.
  private func numbers(_ name: Name, at node: NamedNode, _ channels: Int, _ fromEnd: Int) throws -> [Double]? {
    guard let tensor = try scope.value(of: name), let numbers = tensor.doubles, tensor.kind.isReal else { return nil }
    if numbers.count == 1 { return Array(repeating: numbers[0], count: channels) }
    // The first operator sets broadcast from the axis that an attribute names.
    if try node.attribute("axis")?.integer() != nil {
      return numbers.count == channels && tensor.shape.contains(channels) ? numbers : nil
    }
    // Along other axes it may be stored too, where it is the same.
    let behind = tensor.shape.suffix(fromEnd)
    let (own, stride) = (tensor.shape.dropLast(fromEnd).last ?? 1, behind.reduce(1, *))
    guard !numbers.isEmpty, own == channels || own == 1 else { return nil }
    let values = (0..<own).map { numbers[$0 * stride] }
    guard numbers.indices.allSatisfy({ numbers[$0].bitPattern == values[$0 / stride % own].bitPattern }) else {
      return nil
    }
    return own == channels ? values : Array(repeating: values[0], count: channels)
  }
}
