import NumericKernels
import ProtobufIO
import Tensors

extension OperatorTable {
  /// A sum of products over named axes.
  ///
  /// Every operand is spread over all axes, multiplied, and what the result does not name is summed.
  static func einsum(_ call: inout OperatorCall<S>) throws -> Tensor {
    let equation = call.text("equation", default: "").filter { $0 != " " }
    let sides = equation.split(separator: ">", omittingEmptySubsequences: false).map { $0.filter { $0 != "-" } }
    let operands = try call.inputs.indices.map { try call.tensor($0) }
    let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false)
    guard terms.count == operands.count, (1...2).contains(sides.count) else {
      throw ComputationFailure("the equation '\(equation)' does not name \(operands.count) operands")
    }
    let hidden =
      try zip(terms, operands).map { term, tensor in
        try Self.hiddenRank(of: term, in: tensor)
      }.max() ?? 0
    let labels = try zip(terms, operands).map { try Self.labels(of: $0, rank: $1.rank) }
    let result =
      try sides.count == 2
      ? Self.labels(of: sides[1], rank: nil, hidden: hidden) : Self.impliedLabels(sides[0], hidden: hidden)
    var sizes: [String: Int] = [:]
    for (names, tensor) in zip(labels, operands) {
      for (name, size) in zip(names, tensor.shape) {
        let known = sizes[name] ?? 1
        guard known == 1 || size == 1 || known == size else {
          throw ComputationFailure("axis '\(name)' has sizes \(known) and \(size)")
        }
        sizes[name] = known == 1 ? size : known
      }
    }
    guard Set(result).count == result.count else {
      throw ComputationFailure("the equation '\(equation)' repeats an axis")
    }
    let summed = sizes.keys.filter { !result.contains($0) }.sorted()
    let all = result + summed
    let shape = all.map { sizes[$0] ?? 1 }
    try Ledger.count(shape.possibleCount(), operands.count, cost: 16)
    var total = [S](repeating: 1, count: try shape.checkedCount())
    for (index, (names, tensor)) in zip(labels, operands).enumerated() {
      let strides = Shape.strides(of: tensor.shape)
      // An axis named twice is walked along its diagonal.
      let walk = zip(all, shape).map { name, size in
        names.indices.reduce(0) { $0 + (names[$1] == name && (tensor.shape[$1] != 1 || size == 1) ? strides[$1] : 0) }
      }
      let spread = StridedCopy(shape: shape, strides: walk).elements(of: try call.reals(index))
      BinaryFunction.product.apply(to: &total, shape: shape, spread, bShape: shape)
    }
    let rows = Shape.count(of: shape.prefix(result.count))
    let sums = RowReduction.sum.reduced(total, rows: rows, width: rows == 0 ? 0 : total.count / rows)
    return try Tensor(Array(shape.prefix(result.count)), operands[0].kind, reals: sums)
  }

  /// The number of axes that an ellipsis stands for.
  private static func hiddenRank(of term: some StringProtocol, in tensor: Tensor) throws -> Int {
    term.contains(".") ? tensor.rank - term.count(where: { $0 != "." }) : 0
  }

  /// The names of a term's axes; those of an ellipsis are counted from its end.
  private static func labels(of term: some StringProtocol, rank: Int?, hidden: Int? = nil) throws -> [String] {
    let named = term.count(where: { $0 != "." })
    let count = term.contains(".") ? hidden ?? (rank ?? named) - named : 0
    guard count >= 0, rank == nil || named + count == rank else {
      throw ComputationFailure("the term '\(term)' does not name \(rank ?? 0) axes")
    }
    var result: [String] = []
    for character in term {
      if character != "." {
        result.append(String(character))
      } else if !result.contains("..1"), count > 0 {
        result += (1...count).reversed().map { "..\($0)" }
      }
    }
    return result
  }

  /// Without a result in the equation: the ellipsis, then all names that appear once, sorted.
  private static func impliedLabels(_ side: some StringProtocol, hidden: Int) -> [String] {
    let letters = side.filter { $0 != "," && $0 != "." }
    let once = Set(letters).filter { letter in letters.count { $0 == letter } == 1 }
    return (hidden > 0 ? (1...hidden).reversed().map { "..\($0)" } : []) + once.map(String.init).sorted()
  }
}
