import NumericKernels
import ProtobufIO
import Tensors

/// Reductions over axes, and what runs along one axis.
extension OperatorTable {
  mutating func addReductions() {
    let reductions: [String: RowReduction] = [
      "ReduceSum": .sum, "ReduceMean": .mean, "ReduceProd": .product, "ReduceMax": .maximum, "ReduceMin": .minimum,
      "ReduceL1": .sumOfMagnitudes, "ReduceL2": .euclideanNorm, "ReduceSumSquare": .sumOfSquares,
      "ReduceLogSum": .logarithmOfSum, "ReduceLogSumExp": .logarithmOfSumOfExponentials,
    ]
    for (name, reduction) in reductions { add(name) { try Self.reduce($0, name, reduction) } }
    add("ArgMax") { try Self.extremePlace($0) { $0 > $1 } }
    add("ArgMin") { try Self.extremePlace($0) { $0 < $1 } }
    add("CumSum") { try Self.accumulate($0, .sum) }
    add("CumProd") { try Self.accumulate($0, .product) }
  }

  private static func reduce(_ call: OperatorCall<S>, _ name: String, _ reduction: RowReduction) throws -> Tensor {
    let tensor = try call.tensor(0)
    let stated = try call.axes("axes", orInput: 1, since: name == "ReduceSum" ? 13 : 18)
    if stated?.isEmpty ?? true, try call.integer("noop_with_empty_axes", default: 0) == 1 {
      return try reduced(tensor.reshaped(to: tensor.shape + [1]), [tensor.rank], reduction, keepsAxes: false)
    }
    let axes =
      stated.map { $0.isEmpty ? Array(tensor.shape.indices) : $0 } ?? Array(tensor.shape.indices)
    return try reduced(
      tensor, Set(axes.map { try call.axis($0, rank: tensor.rank) }).sorted(), reduction,
      keepsAxes: call.integer("keepdims", default: 1) == 1)
  }

  /// Reduces some axes to size 1, or takes them away.
  static func reduced(
    _ tensor: Tensor, _ axes: [Int], _ reduction: RowReduction, keepsAxes: Bool
  ) throws -> Tensor {
    let kept = tensor.shape.indices.filter { !axes.contains($0) }
    let moved = try tensor.transposed(by: kept + axes)
    let rows = Shape.count(of: kept.map { tensor.shape[$0] })
    let width = Shape.count(of: axes.map { tensor.shape[$0] })
    let shape =
      keepsAxes
      ? tensor.shape.indices.map { axes.contains($0) ? 1 : tensor.shape[$0] } : kept.map { tensor.shape[$0] }
    switch moved.elements {
    case .integer(let elements):
      let results = (0..<rows).map { row in
        integerReduction(reduction, elements[(row * width)..<((row + 1) * width)], tensor.kind)
      }
      return try Tensor(shape, tensor.kind, integers: results)
    case .boolean(let elements):
      let isAll = if case .minimum = reduction { true } else { false }
      let results = (0..<rows).map { row in
        let line = elements[(row * width)..<((row + 1) * width)]
        return isAll ? line.allSatisfy { $0 } : line.contains(true)
      }
      return try Tensor(shape, booleans: results)
    default:
      let elements = try OperatorCall<S>.reals(of: moved, input: 0)
      return try Tensor(shape, tensor.kind, reals: reduction.reduced(elements, rows: rows, width: width))
    }
  }

  private static func integerReduction(
    _ reduction: RowReduction, _ line: ArraySlice<Int64>, _ kind: ElementType
  ) -> Int64 {
    switch reduction {
    case .sum: line.reduce(0, &+)
    case .mean: line.isEmpty ? 0 : line.reduce(0, &+) / Int64(line.count)
    case .product: line.reduce(1, &*)
    case .maximum: line.max() ?? kind.leastInteger
    case .minimum: line.min() ?? kind.greatestInteger
    case .sumOfMagnitudes: line.reduce(0) { $0 &+ ($1 < 0 ? 0 &- $1 : $1) }
    case .sumOfSquares: line.reduce(0) { $0 &+ $1 &* $1 }
    case .euclideanNorm: Int64(clamped: Double(line.reduce(0) { $0 &+ $1 &* $1 }).squareRoot())
    case .logarithmOfSum: Int64(clamped: Double.logarithm(Double(line.reduce(0, &+))))
    case .logarithmOfSumOfExponentials:
      Int64(clamped: Double.logarithm(line.reduce(0) { $0 + Double.exponential(Double($1)) }))
    }
  }

  private static func extremePlace(_ call: OperatorCall<S>, _ isBetter: (Double, Double) -> Bool) throws -> Tensor {
    let tensor = try call.tensor(0)
    let axis = try call.axis(call.integer("axis", default: 0), rank: tensor.rank)
    let takesLast = try call.integer("select_last_index", default: 0) == 1
    let keepsAxis = try call.integer("keepdims", default: 1) == 1
    guard let elements = tensor.doubles else { throw ComputationFailure("text has no order") }
    let (width, inner) = (tensor.shape[axis], Shape.count(of: tensor.shape.dropFirst(axis + 1)))
    var shape = tensor.shape
    shape[axis] = 1
    guard width > 0 else { throw ComputationFailure("axis \(axis) has no elements") }
    let places = (0..<Shape.count(of: shape)).map { index in
      let start = index / inner * width * inner + index % inner
      var best = 0
      for place in 1..<max(width, 1) {
        let (element, other) = (elements[start + place * inner], elements[start + best * inner])
        if isBetter(element, other) || (takesLast && element == other) || (element.isNaN && !other.isNaN) {
          best = place
        }
      }
      return Int64(best)
    }
    if !keepsAxis { shape.remove(at: axis) }
    return try Tensor(shape, integers: places)
  }

  private static func accumulate(_ call: OperatorCall<S>, _ function: BinaryFunction) throws -> Tensor {
    let tensor = try call.tensor(0)
    let axis = try call.axis(call.integer(1), rank: tensor.rank)
    let isExclusive = try call.integer("exclusive", default: 0) == 1
    let isReversed = try call.integer("reverse", default: 0) == 1
    let (width, inner) = (tensor.shape[axis], Shape.count(of: tensor.shape.dropFirst(axis + 1)))
    func accumulated<T>(_ elements: [T], from start: T, _ combine: (T, T) -> T) -> [T] {
      var result = elements
      for line in 0..<(width == 0 ? 0 : elements.count / width) {
        let first = line / inner * width * inner + line % inner
        var sum = start
        for step in 0..<width {
          let place = first + (isReversed ? width - 1 - step : step) * inner
          let before = sum
          sum = combine(sum, elements[place])
          result[place] = isExclusive ? before : sum
        }
      }
      return result
    }
    let isSum = if case .sum = function { true } else { false }
    if case .integer(let elements) = tensor.elements {
      let sums = isSum ? accumulated(elements, from: 0) { $0 &+ $1 } : accumulated(elements, from: 1) { $0 &* $1 }
      return try Tensor(tensor.shape, tensor.kind, integers: sums)
    }
    let elements = try call.reals(0).map { Double($0) }
    let sums = isSum ? accumulated(elements, from: 0) { $0 + $1 } : accumulated(elements, from: 1) { $0 * $1 }
    return try Tensor(tensor.shape, tensor.kind, reals: sums.map { S($0) })
  }
}
