import ModelGraph
import NumericKernels
import ProtobufIO
import Tensors

/// Changes of size.
extension OperatorTable {
  mutating func addResampling() {
    add("Resize", Self.resize)
    add("Upsample", Self.resize)
    addSpatialSampling()
  }

  /// What Resize is asked for, whichever opset says so.
  fileprivate struct Request {
    var axes: [Int]
    var scales: [Double] = []
    var sizes: [Int] = []
    var region: [Double] = []
  }

  private static func resize(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let request = try request(call, tensor)
    let isOld = call.node.operatorType == "Upsample" || call.version < 11
    let mode = call.text("mode", default: "nearest")
    let nearest = isOld ? AxisResampling.Nearest.legacy : try Self.nearest(call)
    var result = tensor
    var outside: [(axis: Int, places: [Int])] = []
    for (index, axis) in request.axes.enumerated() {
      let before = tensor.shape[axis]
      let (after, scale) = (request.sizes[index], request.scales[index])
      let coordinates = try Self.coordinates(call, isOld: isOld, request, index)
      guard after != before || scale != 1 || !request.region.isEmpty else { continue }
      guard before > 0, after >= 0 else {
        throw ComputationFailure("an axis of \(before) cannot become one of \(after)")
      }
      var shape = result.shape
      shape[axis] = after
      _ = try shape.checkedCount()
      let resampling = AxisResampling(before: before, after: after, scale: scale, coordinates: coordinates)
      outside.append((axis, (0..<after).filter { !resampling.isInside($0) }))
      if mode == "nearest" {
        result = try result.picked(resampling.nearest(nearest), along: axis)
        continue
      }
      // A filter that smooths reads as many elements as the axis shrinks by.
      try Ledger.count(shape.reduce(1, *), before / max(after, 1) + 4, cost: 8)
      try Ledger.check(after, before / max(after, 1) + 4, bytes: 24)
      let filter: AxisResampling.Filter =
        switch mode {
        case "linear", "bilinear", "trilinear": .linear
        case "cubic": .cubic(a: try call.real("cubic_coeff_a", default: -0.75))
        default: throw ComputationFailure("mode '\(mode)' is not known")
        }
      let taps = resampling.taps(
        filter, smooths: try call.integer("antialias", default: 0) == 1,
        excludesOutside: try call.integer("exclude_outside", default: 0) == 1)
      result = try resampled(result, taps, along: axis, shape)
    }
    return try filled(result, outside, with: S(call.real("extrapolation_value", default: 0)))
  }

  private static func resampled(
    _ tensor: Tensor, _ taps: [[(place: Int, weight: Double)]], along axis: Int, _ shape: [Int]
  ) throws -> Tensor {
    let outer = Shape.count(of: tensor.shape[..<axis])
    let inner = Shape.count(of: tensor.shape.dropFirst(axis + 1))
    if case .integer(let elements) = tensor.elements {
      let reals = resample(elements.map { Double($0) }, outer: outer, before: tensor.shape[axis], inner: inner, taps)
      return try Tensor(shape, tensor.kind, integers: reals.map { tensor.kind.clamped($0.rounded(.toNearestOrEven)) })
    }
    let elements = try OperatorCall<S>.reals(of: tensor, input: 0)
    return try Tensor(
      shape, tensor.kind, reals: resample(elements, outer: outer, before: tensor.shape[axis], inner: inner, taps))
  }

  /// Puts a value to all places that lie outside of the input along any axis.
  private static func filled(_ tensor: Tensor, _ outside: [(axis: Int, places: [Int])], with value: S) throws -> Tensor
  {
    guard outside.contains(where: { !$0.places.isEmpty }), case .float32 = tensor.elements
    else {
      guard outside.contains(where: { !$0.places.isEmpty }), case .float64 = tensor.elements else { return tensor }
      return try filledReals(tensor, outside, with: value)
    }
    return try filledReals(tensor, outside, with: value)
  }

  private static func filledReals(
    _ tensor: Tensor, _ outside: [(axis: Int, places: [Int])], with value: S
  ) throws -> Tensor {
    var elements = try OperatorCall<S>.reals(of: tensor, input: 0)
    let strides = Shape.strides(of: tensor.shape)
    for (axis, places) in outside {
      let excluded = Set(places)
      for index in elements.indices where excluded.contains(index / strides[axis] % tensor.shape[axis]) {
        elements[index] = value
      }
    }
    return try Tensor(tensor.shape, tensor.kind, reals: elements)
  }

  private static func request(_ call: OperatorCall<S>, _ tensor: Tensor) throws -> Request {
    if call.node.operatorType == "Upsample" || call.version < 11 {
      let scales: [Double]
      if call.hasInput(1) {
        scales = try call.tensor(1).doubles ?? []
      } else if let stated = call.node.attributes["scales"]?.floats {
        scales = stated.map { Double($0) }
      } else {
        // The first version scales the last two axes.
        scales = [1, 1, try call.real("height_scale", default: 1), try call.real("width_scale", default: 1)]
      }
      return try Request(axes: Array(tensor.shape.indices)).scaled(scales, tensor.shape)
    }
    let axes = try call.integers("axes")?.map { try call.axis($0, rank: tensor.rank) }
    guard axes.map({ Set($0).count == $0.count }) ?? true else { throw ComputationFailure("its axes name one twice") }
    var request = Request(axes: axes ?? Array(tensor.shape.indices))
    if call.text("coordinate_transformation_mode", default: "") == "tf_crop_and_resize" {
      request.region = try call.optionalTensor(1)?.doubles ?? []
      guard request.region.count == 2 * request.axes.count else {
        throw ComputationFailure("a region of \(request.region.count) numbers does not fit \(request.axes.count) axes")
      }
    }
    if let scales = try call.optionalTensor(2)?.doubles, !scales.isEmpty {
      return try request.scaled(scales, tensor.shape)
    }
    guard let sizes = try call.optionalIntegers(3), sizes.count == request.axes.count else {
      throw ComputationFailure("has neither scales nor sizes for \(request.axes.count) axes")
    }
    let ratios = zip(sizes, request.axes).map { Double($0) / Double(tensor.shape[$1]) }
    let policy = call.text("keep_aspect_ratio_policy", default: "stretch")
    guard policy != "stretch", let scale = policy == "not_larger" ? ratios.min() : ratios.max() else {
      (request.sizes, request.scales) = (sizes, ratios)
      return request
    }
    request.scales = Array(repeating: scale, count: sizes.count)
    request.sizes = request.axes.map { Int(clamped: (scale * Double(tensor.shape[$0]) + 0.5).rounded(.down)) }
    return request
  }

  private static func coordinates(
    _ call: OperatorCall<S>, isOld: Bool, _ request: Request, _ index: Int
  ) throws -> AxisResampling.Coordinates {
    if isOld { return .asymmetric }
    switch call.text("coordinate_transformation_mode", default: "half_pixel") {
    case "half_pixel": return .halfPixel
    case "half_pixel_symmetric": return .symmetricHalfPixel
    case "pytorch_half_pixel": return .pytorchHalfPixel
    case "align_corners": return .alignCorners
    case "asymmetric": return .asymmetric
    case "tf_half_pixel_for_nn": return .tensorFlowHalfPixel
    case "tf_crop_and_resize":
      return .cropped(start: request.region[index], end: request.region[index + request.axes.count])
    case let mode: throw ComputationFailure("coordinate transformation '\(mode)' is not known")
    }
  }

  private static func nearest(_ call: OperatorCall<S>) throws -> AxisResampling.Nearest {
    switch call.text("nearest_mode", default: "round_prefer_floor") {
    case "round_prefer_floor": .roundPreferFloor
    case "round_prefer_ceil": .roundPreferCeil
    case "floor": .floor
    case "ceil": .ceil
    case let mode: throw ComputationFailure("nearest mode '\(mode)' is not known")
    }
  }
}

extension OperatorTable.Request {
  /// The sizes that scales lead to.
  fileprivate func scaled(_ scales: [Double], _ shape: [Int]) throws -> Self {
    guard scales.count == axes.count, scales.allSatisfy({ $0 > 0 && $0 < 0x1p31 }) else {
      throw ComputationFailure("scales \(scales) do not fit \(axes.count) axes")
    }
    var result = self
    result.scales = scales
    result.sizes = zip(scales, axes).map { Int(clamped: ($0 * Double(shape[$1])).rounded(.down)) }
    return result
  }
}
