import Equivalence
import NumericKernels
import ProtobufIO
import Tensors

/// Convolutions and their transposes.
extension OperatorTable {
  mutating func addConvolutions() {
    add("Conv", Self.convolution)
    add("ConvTranspose", Self.transposedConvolution)
    add("ConvInteger", Self.integerConvolution)
    add("QLinearConv", Self.quantizedConvolution)
    add("Col2Im", Self.columnsToImage)
  }

  private static func convolution(_ call: inout OperatorCall<S>) throws -> Tensor {
    let x = try call.tensor(0)
    let (shape, elements) = try convolved(
      call, try call.reals(0), x.shape, weight: try call.reals(1), try call.tensor(1).shape,
      bias: try call.optionalReals(2))
    return try Tensor(shape, x.kind, reals: elements)
  }

  private static func convolved(
    _ call: OperatorCall<S>, _ x: [S], _ shape: [Int], weight: [S], _ weightShape: [Int], bias: [S]?
  ) throws -> ([Int], [S]) {
    guard shape.count >= 3, weightShape.count == shape.count else {
      throw ComputationFailure("a weight of shape \(weightShape) does not fit an input of shape \(shape)")
    }
    let attributes = try WindowAttributes(
      call, spatialRank: shape.count - 2, kernel: Array(weightShape.dropFirst(2)))
    let groups = try call.count("group", default: 1)
    guard groups > 0, shape[1] == weightShape[1] * groups, weightShape[0] % groups == 0,
      attributes.kernel == Array(weightShape.dropFirst(2)), bias.map({ $0.count == weightShape[0] }) ?? true
    else {
      throw ComputationFailure(
        "a weight of shape \(weightShape) in \(groups) groups does not fit an input of shape \(shape)")
    }
    let geometry = try attributes.geometry(input: Array(shape.dropFirst(2)))
    let target = [shape[0], weightShape[0]] + geometry.output
    _ = try target.checkedCount()
    let convolution = Convolution(
      geometry: geometry, batch: shape[0], inputChannels: shape[1], outputChannels: weightShape[0], groups: groups)
    try Ledger.check(convolution.unfoldedCount)
    try WindowAttributes.count(
      geometry, channels: (shape[0] * weightShape[0]).multipliedClamped(by: weightShape[1]),
      lines: min(convolution.linesPerBlock, geometry.rows), cost: 1)
    return (target, convolution.result(x, weight: weight, bias: bias, by: call.context.product))
  }

  private static func transposedConvolution(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (x, weight) = (try call.tensor(0), try call.tensor(1))
    let groups = try call.count("group", default: 1)
    guard x.rank >= 3, weight.rank == x.rank, groups > 0, x.shape[1] == weight.shape[0], x.shape[1] % groups == 0
    else { throw ComputationFailure("a weight of shape \(weight.shape) does not fit an input of shape \(x.shape)") }
    let attributes = try WindowAttributes(call, spatialRank: x.rank - 2, kernel: Array(weight.shape.dropFirst(2)))
    guard attributes.kernel == Array(weight.shape.dropFirst(2)) else {
      throw ComputationFailure("a kernel_shape of \(attributes.kernel) does not fit a weight of shape \(weight.shape)")
    }
    let channels = weight.shape[1] * groups
    let (output, padding) = try transposedPlaces(call, attributes, input: Array(x.shape.dropFirst(2)))
    _ = try ([x.shape[0], channels] + output).checkedCount()
    let geometry = WindowGeometry(
      input: output, output: Array(x.shape.dropFirst(2)), kernel: attributes.kernel, strides: attributes.strides,
      dilations: attributes.dilations, padding: padding)
    let bias = try call.optionalReals(2)
    guard bias.map({ $0.count == channels }) ?? true else {
      throw ComputationFailure("the bias does not have \(channels) elements")
    }
    try Ledger.check(weight.shape[1], geometry.taps, geometry.outputCount)
    try WindowAttributes.count(
      geometry, channels: (x.shape[0] * x.shape[1]).multipliedClamped(by: weight.shape[1]), lines: geometry.rows,
      cost: 1)
    let result = TransposedConvolution(
      geometry: geometry, batch: x.shape[0], inputChannels: x.shape[1], outputChannels: channels, groups: groups
    ).result(try call.reals(0), weight: try call.reals(1), bias: bias, by: call.context.product)
    return try Tensor([x.shape[0], channels] + output, x.kind, reals: result)
  }

  /// The spatial sizes of a transposed convolution's output, and the padding that it takes away in front.
  private static func transposedPlaces(
    _ call: OperatorCall<S>, _ attributes: WindowAttributes, input: [Int]
  ) throws -> (output: [Int], padding: [Int]) {
    let extra = call.integers("output_padding") ?? Array(repeating: 0, count: input.count)
    // The attribute may list all axes or only the spatial ones.
    let asked = call.integers("output_shape").map { Array($0.suffix(input.count)) }
    guard extra.count == input.count, asked.map({ $0.count == input.count }) ?? true else {
      throw ComputationFailure("output_padding or output_shape does not have \(input.count) axes")
    }
    guard (extra + (asked ?? [])).allSatisfy({ 0 <= $0 && $0 < 1 << 31 }) else {
      throw ComputationFailure("output_padding or output_shape has sizes that are not possible")
    }
    var output: [Int] = []
    var padding: [Int] = []
    for axis in input.indices {
      let whole = (input[axis] - 1) * attributes.strides[axis] + extra[axis] + attributes.extent(axis)
      let isAutomatic = attributes.autoPad == "SAME_UPPER" || attributes.autoPad == "SAME_LOWER"
      if asked == nil, !isAutomatic {
        let (begin, end) = attributes.explicitPadding(axis)
        output.append(whole - begin - end)
        padding.append(begin)
        continue
      }
      let size = asked?[axis] ?? input[axis] * attributes.strides[axis]
      let total = max(0, whole - size)
      output.append(size)
      padding.append(attributes.autoPad == "SAME_UPPER" ? total / 2 : total - total / 2)
    }
    return (output, padding)
  }

  /// The elements less their zero point, per tensor or along an axis.
  static func centered(_ tensor: Tensor, zeroPoint: Tensor?, axis: Int) throws -> [Double] {
    guard case .integer(let elements) = tensor.elements else {
      throw ComputationFailure("\(tensor.kind.rawValue) is no integer")
    }
    guard case .integer(let zeros)? = zeroPoint?.elements, !zeros.isEmpty else { return elements.map { Double($0) } }
    let inner = Shape.count(of: tensor.shape.dropFirst(axis + 1))
    return elements.indices.map {
      Double(elements[$0]) - Double(zeros[zeros.count == 1 ? 0 : $0 / inner % zeros.count])
    }
  }

  // Products of 8-bit integers are exact in double precision.

  private static func integerConvolution(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (x, weight) = (try call.tensor(0), try call.tensor(1))
    let left = try centered(x, zeroPoint: call.optionalTensor(2), axis: 0)
    let right = try centered(weight, zeroPoint: call.optionalTensor(3), axis: 0)
    let (shape, elements) = try exactlyConvolved(call, left, x.shape, right, weight.shape)
    return try Tensor(shape, .int32, integers: elements.map { Int64(clamped: $0) })
  }

  private static func exactlyConvolved(
    _ call: OperatorCall<S>, _ x: [Double], _ shape: [Int], _ weight: [Double], _ weightShape: [Int]
  ) throws -> ([Int], [Double]) {
    let context = RunContext<Double>(
      precision: .float64, product: call.context.product, operators: OperatorTable<Double>(empty: ()),
      budget: call.context.budget)
    let exact = OperatorCall<Double>(node: call.node, context: context, inputs: [], captured: [:])
    return try OperatorTable<Double>.convolved(exact, x, shape, weight: weight, weightShape, bias: nil)
  }

  private static func quantizedConvolution(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (x, weight, zero) = (try call.tensor(0), try call.tensor(3), try call.tensor(7))
    let left = try centered(x, zeroPoint: call.optionalTensor(2), axis: 0)
    let right = try centered(weight, zeroPoint: call.optionalTensor(5), axis: 0)
    let (shape, sums) = try exactlyConvolved(call, left, x.shape, right, weight.shape)
    let (scale, weightScales) = (try call.number(1), try call.tensor(4).doubles ?? [])
    let bias = try call.optionalIntegers(8)
    let inner = Shape.count(of: shape.dropFirst(2))
    let (outputScale, shift) = (try call.number(6), try call.number(7))
    guard zero.kind.isInteger, weightScales.count == 1 || weightScales.count == shape[1],
      bias.map({ $0.count == shape[1] }) ?? true
    else { throw ComputationFailure("its scales or its bias do not fit \(shape[1]) channels") }
    let elements = sums.indices.map { index in
      let channel = index / max(inner, 1) % max(shape[1], 1)
      let sum = sums[index] + Double(bias?[channel] ?? 0)
      let factor = scale * (weightScales.count == 1 ? weightScales[0] : weightScales[channel])
      return zero.kind.clamped((sum * factor / outputScale).rounded(.toNearestOrEven) + shift)
    }
    return try Tensor(shape, zero.kind, integers: elements)
  }

  /// Sums the blocks of columns into an image: the adjoint of unfolding.
  private static func columnsToImage(_ call: inout OperatorCall<S>) throws -> Tensor {
    let x = try call.tensor(0)
    let (image, block) = (try call.integers(1), try call.integers(2))
    let attributes = try WindowAttributes(call, spatialRank: image.count, kernel: block)
    guard attributes.kernel == block else { throw ComputationFailure("a block of \(block) is not possible") }
    let places = try attributes.geometry(input: image)
    let taps = Shape.count(of: block)
    _ = try [taps, taps].checkedCount()
    _ = try places.output.checkedCount()
    guard x.rank == 3, x.shape[1] % taps == 0, x.shape[2] == places.outputCount else {
      throw ComputationFailure("columns of shape \(x.shape) do not fit an image of \(image)")
    }
    let channels = x.shape[1] / taps
    try WindowAttributes.count(
      places, channels: (x.shape[0] * channels).multipliedClamped(by: taps), lines: places.rows, cost: 1)
    // A transposed convolution in which each column feeds its own tap.
    var weight = [S](repeating: 0, count: taps * taps)
    for tap in 0..<taps { weight[tap * taps + tap] = 1 }
    let result = TransposedConvolution(
      geometry: places, batch: x.shape[0] * channels, inputChannels: taps, outputChannels: 1, groups: 1
    ).result(try call.reals(0), weight: weight, bias: nil, by: call.context.product)
    return try Tensor([x.shape[0], channels] + image, x.kind, reals: result)
  }
}

extension ElementType {
  /// The integer of the kind that is nearest to a whole number.
  func clamped(_ number: Double) -> Int64 {
    guard !number.isNaN else { return 0 }
    if number <= Double(leastInteger) { return leastInteger }
    return number >= Double(greatestInteger) ? greatestInteger : Int64(number)
  }
}
