import NumericKernels
import ProtobufIO
import Tensors

/// Operators that choose elements by their values.
extension OperatorTable {
  mutating func addSelection() {
    add("TopK", several: Self.topK)
    add("NonZero") { call in
      let tensor = try call.tensor(0)
      guard let elements = tensor.doubles else { throw ComputationFailure("text is neither zero nor not") }
      let found = elements.indices.filter { elements[$0] != 0 }
      let strides = Shape.strides(of: tensor.shape)
      let rank = tensor.rank
      _ = try [rank, found.count].checkedCount()
      let coordinates = (0..<rank).flatMap { axis in found.map { Int64($0 / strides[axis] % tensor.shape[axis]) } }
      return try Tensor([rank, found.count], integers: coordinates)
    }
    add("NonMaxSuppression", Self.suppressNonMaxima)
    add("Unique", several: Self.unique)
  }

  private static func topK(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let tensor = try call.tensor(0)
    let count = call.version < 10 ? try call.integer("k", default: 0) : try call.integer(1)
    let axis = try call.axis(call.integer("axis", default: -1), rank: tensor.rank)
    let takesLargest = try call.integer("largest", default: 1) == 1
    let (width, inner) = (tensor.shape[axis], Shape.count(of: tensor.shape.dropFirst(axis + 1)))
    guard 0 <= count, count <= width, let elements = tensor.doubles else {
      throw ComputationFailure("\(count) elements cannot be chosen of \(width)")
    }
    try Ledger.count(elements.count, cost: 100)
    let strides = Shape.strides(of: tensor.shape)
    var shape = tensor.shape
    shape[axis] = count
    var places = [Int](repeating: 0, count: Shape.count(of: shape))
    for line in 0..<(width == 0 ? 0 : tensor.count / width) {
      let start = line / inner * width * inner + line % inner
      // Of equal elements the first comes first.
      let order = (0..<width).sorted { a, b in
        let (left, right) = (elements[start + a * inner], elements[start + b * inner])
        if left == right || left.isNaN && right.isNaN { return a < b }
        // NaN counts as larger than any number.
        if left.isNaN || right.isNaN { return left.isNaN == takesLargest }
        return takesLargest ? left > right : left < right
      }
      for rank in 0..<count {
        places[(line / inner * count + rank) * inner + line % inner] = start + order[rank] * inner
      }
    }
    let indices = places.map { Int64($0 / strides[axis] % width) }
    return try [.tensor(tensor.gathered(places, shape: shape)), .tensor(Tensor(shape, integers: indices))]
  }

  /// A box by its corners.
  private struct Box {
    let top, left, bottom, right: Double

    init(_ numbers: ArraySlice<Double>, isCentered: Bool) {
      let n = Array(numbers)
      if isCentered {
        (left, top) = (n[0] - n[2] / 2, n[1] - n[3] / 2)
        (right, bottom) = (n[0] + n[2] / 2, n[1] + n[3] / 2)
      } else {
        (top, bottom) = (min(n[0], n[2]), max(n[0], n[2]))
        (left, right) = (min(n[1], n[3]), max(n[1], n[3]))
      }
    }

    var area: Double { (bottom - top) * (right - left) }

    /// The shared area over the area of both.
    func overlap(with other: Box) -> Double {
      let height = min(bottom, other.bottom) - max(top, other.top)
      let width = min(right, other.right) - max(left, other.left)
      guard height > 0, width > 0, area > 0, other.area > 0 else { return 0 }
      return height * width / (area + other.area - height * width)
    }
  }

  private static func suppressNonMaxima(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (boxes, scores) = (try call.tensor(0), try call.tensor(1))
    guard boxes.rank == 3, scores.rank == 3, boxes.shape[2] == 4, scores.shape[2] == boxes.shape[1],
      boxes.shape[0] == scores.shape[0], let corners = boxes.doubles, let weights = scores.doubles
    else { throw ComputationFailure("boxes of shape \(boxes.shape) do not fit scores of shape \(scores.shape)") }
    let limit = call.hasInput(2) ? try call.integer(2) : 0
    let overlapLimit = call.hasInput(3) ? try call.number(3) : 0
    let threshold = call.hasInput(4) ? try call.number(4) : -Double.infinity
    let isCentered = try call.integer("center_point_box", default: 0) == 1
    let count = boxes.shape[1]
    var chosen: [Int64] = []
    for image in 0..<boxes.shape[0] {
      let all = (0..<count).map {
        Box(corners[((image * count + $0) * 4)..<((image * count + $0) * 4 + 4)], isCentered: isCentered)
      }
      for category in 0..<scores.shape[1] {
        let start = (image * scores.shape[1] + category) * count
        let order = (0..<count).filter { weights[start + $0] > threshold }
          .sorted { weights[start + $0] == weights[start + $1] ? $0 < $1 : weights[start + $0] > weights[start + $1] }
        try Ledger.count(order.count, min(max(limit, 0), order.count), cost: 8)
        var kept: [Int] = []
        for candidate in order where kept.count < limit {
          if kept.allSatisfy({ all[$0].overlap(with: all[candidate]) <= overlapLimit }) { kept.append(candidate) }
        }
        for box in kept { chosen += [Int64(image), Int64(category), Int64(box)] }
      }
    }
    _ = try [chosen.count / 3, 3].checkedCount()
    return try Tensor([chosen.count / 3, 3], integers: chosen)
  }

  /// The different slices of an axis, or elements of the whole, with where each is.
  private static func unique(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let tensor = try call.tensor(0)
    let source = try call.hasAttribute("axis") ? tensor : tensor.reshaped(to: [tensor.count])
    let axis = try call.axis(call.integer("axis", default: 0), rank: source.rank)
    let order = [axis] + source.shape.indices.filter { $0 != axis }
    guard let elements = try source.transposed(by: order).doubles else {
      throw ComputationFailure("text is not supported")
    }
    try Ledger.count(elements.count, cost: 200)
    let width = source.shape[axis] == 0 ? 0 : elements.count / source.shape[axis]
    let rows = (0..<source.shape[axis]).map { Array(elements[($0 * width)..<(($0 + 1) * width)]) }
    var seen: [[Double]: Int] = [:]
    var firsts: [Int] = []
    for (index, row) in rows.enumerated() where seen[row] == nil {
      seen[row] = firsts.count
      firsts.append(index)
    }
    if try call.integer("sorted", default: 1) == 1 {
      firsts.sort { rows[$0].lexicographicallyPrecedes(rows[$1]) }
      for (position, first) in firsts.enumerated() { seen[rows[first]] = position }
    }
    let inverse = rows.map { seen[$0] ?? 0 }
    var counts = [Int64](repeating: 0, count: firsts.count)
    for position in inverse { counts[position] += 1 }
    return [
      .tensor(try source.picked(firsts, along: axis)),
      .tensor(try Tensor([firsts.count], integers: firsts.map { Int64($0) })),
      .tensor(try Tensor([inverse.count], integers: inverse.map { Int64($0) })),
      .tensor(try Tensor([counts.count], integers: counts)),
    ]
  }
}
