import BatchNormFolding
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Convolutions and poolings.
extension ShapeRule {
  static let windows: [String: ShapeRule] = {
    var rules: [String: ShapeRule] = [
      "Conv": .attributes { query throws(ModelFileError) in try query.convolution(weight: 1) },
      "ConvInteger": .attributes { query throws(ModelFileError) in try query.convolution(weight: 1) },
      "QLinearConv": .attributes { query throws(ModelFileError) in try query.convolution(weight: 3) },
      "DeformConv": .attributes { query throws(ModelFileError) in try query.convolution(weight: 1) },
      "ConvTranspose": .attributes { query throws(ModelFileError) in try query.transposedConvolution() },
      // The places of the largest elements have the shape of the elements.
      "MaxPool": .attributes(.all) { query throws(ModelFileError) in try query.pooling() },
    ]
    for name in ["AveragePool", "LpPool"] {
      rules[name] = .attributes { query throws(ModelFileError) in try query.pooling() }
    }
    for name in ["GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool"] {
      rules[name] = .inputs { query in
        query.shape(0).flatMap { shape in
          ValueShape(shape.dimensions.enumerated().map { axis, size in axis < 2 ? size : .size(1) })
        }
      }
    }
    return rules
  }()
}

extension ShapeQuery {
  /// A convolution of `[N, C, size…]` with a weight `[M, C / group, kernel…]` is `[N, M, size…]`.
  fileprivate func convolution(weight index: Int) throws(ModelFileError) -> ValueShape? {
    let weight = shape(index)
    guard let rank = weight?.rank ?? shape(0)?.rank, rank >= 2 else { return nil }
    guard let input = shape(0) ?? ValueShape(rank: rank), input.rank == rank else { return nil }
    let spatial = try slidingSizes(
      of: Array(input.dimensions.dropFirst(2)), kernel: weight.map { Array($0.dimensions.dropFirst(2)) })
    return ValueShape([input[0], weight?[0] ?? .unknown] + spatial)
  }

  /// A transposed convolution of `[N, C, size…]` with a weight `[C, M / group, kernel…]` is `[N, M, size…]`.
  fileprivate func transposedConvolution() throws(ModelFileError) -> ValueShape? {
    let weight = shape(1)
    guard let rank = weight?.rank ?? shape(0)?.rank, rank >= 2 else { return nil }
    guard let input = shape(0) ?? ValueShape(rank: rank), input.rank == rank else { return nil }
    let groups = try integer("group", default: 1)
    let channels = groups > 0 ? (weight?[1] ?? .unknown) * .size(groups) : .unknown
    let kernel = weight.map { Array($0.dimensions.dropFirst(2)) }
    let spatial = try spreadSizes(of: Array(input.dimensions.dropFirst(2)), kernel: kernel)
    return ValueShape([input[0], channels] + spatial)
  }

  fileprivate func pooling() throws(ModelFileError) -> ValueShape? {
    guard let input = shape(0), input.rank >= 2 else { return nil }
    let sizes = Array(input.dimensions.dropFirst(2))
    let spatial = try slidingSizes(of: sizes, kernel: nil, isPooling: true)
    return ValueShape([input[0], input[1]] + spatial)
  }

  private func slidingSizes(
    of sizes: [Dimension], kernel: [Dimension]?, isPooling: Bool = false
  ) throws(ModelFileError) -> [Dimension] {
    let unknown = [Dimension](repeating: .unknown, count: sizes.count)
    guard let window = try window(axes: sizes.count, kernel: kernel) else { return unknown }
    let roundsUp = isPooling ? try integer("ceil_mode", default: 0) != 0 : false
    // The first versions of the operators know no such rounding.
    if roundsUp, version < 10 { return unknown }
    return sizes.indices.map { axis in
      window.slidingSize(of: sizes[axis], axis: axis, roundsUp: roundsUp, isPooling: isPooling)
    }
  }

  private func spreadSizes(of sizes: [Dimension], kernel: [Dimension]?) throws(ModelFileError) -> [Dimension] {
    let unknown = [Dimension](repeating: .unknown, count: sizes.count)
    if let stated = integerList("output_shape"), !stated.isEmpty {
      return stated.count == sizes.count ? stated.map { Dimension.size($0).valid } : unknown
    }
    guard let window = try window(axes: sizes.count, kernel: kernel) else { return unknown }
    let added = integerList("output_padding") ?? []
    guard added.isEmpty || added.count == sizes.count else { return unknown }
    return sizes.indices.map { axis in
      window.spreadSize(of: sizes[axis], axis: axis, added: added.isEmpty ? 0 : added[axis], version: version)
    }
  }

  /// How a window moves, nil where the attributes make no sense.
  private func window(axes: Int, kernel: [Dimension]?) throws(ModelFileError) -> SlidingWindow? {
    func list(_ name: Name, count: Int, default value: Int) -> [Int]? {
      guard let list = integerList(name), !list.isEmpty else { return [Int](repeating: value, count: count) }
      return list.count == count ? list : nil
    }
    guard let padding = SlidingWindow.Padding(text("auto_pad") ?? "NOTSET"),
      let strides = list("strides", count: axes, default: 1), strides.allSatisfy({ $0 > 0 }),
      let dilations = list("dilations", count: axes, default: 1), dilations.allSatisfy({ $0 > 0 }),
      let pads = list("pads", count: 2 * axes, default: 0), pads.allSatisfy({ $0 >= 0 })
    else { return nil }
    let stated = integerList("kernel_shape").map { $0.map { Dimension.size($0) } }
    let unknown = [Dimension](repeating: .unknown, count: axes)
    let kernel = kernel ?? stated ?? unknown
    guard kernel.count == axes, stated == nil || stated?.count == axes else { return nil }
    return SlidingWindow(
      kernel: zip(kernel, stated ?? unknown).map { $0.completed(by: $1) }, strides: strides, dilations: dilations,
      pads: (0..<axes).map { (pads[$0], pads[$0 + axes]) }, padding: padding)
  }
}
