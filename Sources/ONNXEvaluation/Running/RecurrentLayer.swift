import NumericKernels
import Tensors

/// What a recurrent layer computes at each step.
enum RecurrentCell {
  case simple, gatedUnit, longShortTerm

  /// The number of gates, each with its own rows of the weights.
  var gates: Int {
    switch self {
    case .simple: 1
    case .gatedUnit: 3
    case .longShortTerm: 4
    }
  }

  var activations: Int { standardActivations.count }

  var standardActivations: [String] {
    switch self {
    case .simple: ["Tanh"]
    case .gatedUnit: ["Sigmoid", "Tanh"]
    case .longShortTerm: ["Sigmoid", "Tanh", "Tanh"]
    }
  }
}

/// One direction of a recurrent layer.
struct RecurrentLayer<S: RunScalar> {
  let cell: RecurrentCell
  let hidden: Int
  let width: Int
  let batch: Int
  /// The number of steps of each sequence of the batch.
  let lengths: [Int]
  let product: MatrixProduct
  /// `[gates · hidden, width]`.
  let weight: [S]
  /// `[gates · hidden, hidden]`.
  let recurrence: [S]
  /// Those of the weight, then those of the recurrence, `[2 · gates · hidden]`.
  let bias: [S]
  /// `[batch, hidden]`.
  var state: [S]
  /// `[batch, hidden]`, of an LSTM only.
  var memory: [S]
  var peepholes: [S]?
  var activations: [UnaryFunction] = []
  var clip: S?
  var resetsAfterProduct = false
  var couplesGates = false

  private var rows: Int { cell.gates * hidden }

  init(
    cell: RecurrentCell, hidden: Int, width: Int, batch: Int, lengths: [Int], product: MatrixProduct, weight: [S],
    recurrence: [S], bias: [S], state: [S], memory: [S]
  ) {
    self.cell = cell
    self.hidden = hidden
    self.width = width
    self.batch = batch
    self.lengths = lengths
    self.product = product
    self.weight = weight
    self.recurrence = recurrence
    self.bias = bias
    self.state = state
    self.memory = memory
  }

  /// Runs over all steps of `x`, `[steps, batch, width]`; gives `[steps, batch, hidden]`, 0 behind each end.
  mutating func run(_ x: [S], isReversed: Bool) -> [S] {
    let steps = batch * width == 0 ? 0 : x.count / (batch * width)
    var inputs = multiplied(x, rowCount: steps * batch, weight, inner: width)
    BinaryFunction.sum.apply(to: &inputs, shape: [steps * batch, rows], Array(bias[..<rows]), bShape: [rows])
    var output = [S](repeating: 0, count: steps * batch * hidden)
    for step in 0..<steps {
      // A sequence that runs backwards begins at its own end.
      let places = lengths.map { isReversed ? $0 - 1 - step : step }
      let active = lengths.indices.filter { step < lengths[$0] }
      var gates: [S] = []
      for sequence in lengths.indices {
        let row = (active.contains(sequence) ? places[sequence] : 0) * batch + sequence
        gates += inputs[(row * rows)..<((row + 1) * rows)]
      }
      let (newState, newMemory) = advanced(gates)
      for sequence in active {
        let range = (sequence * hidden)..<((sequence + 1) * hidden)
        state.replaceSubrange(range, with: newState[range])
        if !memory.isEmpty { memory.replaceSubrange(range, with: newMemory[range]) }
        let start = (places[sequence] * batch + sequence) * hidden
        output.replaceSubrange(start..<(start + hidden), with: newState[range])
      }
    }
    return output
  }

  /// `x · wᵀ`, `[rowCount, rows of w]`.
  private func multiplied(_ x: [S], rowCount: Int, _ w: [S], inner: Int) -> [S] {
    let columns = inner == 0 ? 0 : w.count / inner
    var result = [S](repeating: 0, count: rowCount * columns)
    var span = result.mutableSpan
    product.multiply(
      ProductSize(rows: rowCount, columns: columns, inner: inner), x.span, MatrixLayout(stride: max(inner, 1)), w.span,
      MatrixLayout(stride: max(inner, 1), isTransposed: true), into: &span, MatrixLayout(stride: max(columns, 1)))
    return result
  }

  /// The gate of all sequences, from rows of all gates.
  private func gate(_ index: Int, of all: [S]) -> [S] {
    let count = all.count / batch
    var result: [S] = []
    for sequence in 0..<batch {
      let start = sequence * count + index * hidden
      result += all[start..<(start + hidden)]
    }
    return result
  }

  private func activated(_ values: [S], _ index: Int) -> [S] {
    var values = values
    if let clip { UnaryFunction.clipped(least: -Double(clip), greatest: Double(clip)).apply(to: &values) }
    activations[index].apply(to: &values)
    return values
  }

  private func advanced(_ inputs: [S]) -> (state: [S], memory: [S]) {
    var recurrent = multiplied(state, rowCount: batch, recurrence, inner: hidden)
    BinaryFunction.sum.apply(to: &recurrent, shape: [batch, rows], Array(bias[rows...]), bShape: [rows])
    switch cell {
    case .simple: return (activated(zip(inputs, recurrent).map { $0 + $1 }, 0), [])
    case .gatedUnit: return (advancedGatedUnit(inputs, recurrent), [])
    case .longShortTerm: return advancedLongShortTerm(zip(inputs, recurrent).map { $0 + $1 })
    }
  }

  /// Gates in the order update, reset, hidden.
  private func advancedGatedUnit(_ inputs: [S], _ recurrent: [S]) -> [S] {
    let update = activated(zip(gate(0, of: inputs), gate(0, of: recurrent)).map { $0 + $1 }, 0)
    let reset = activated(zip(gate(1, of: inputs), gate(1, of: recurrent)).map { $0 + $1 }, 0)
    let carried: [S]
    if resetsAfterProduct {
      carried = zip(reset, gate(2, of: recurrent)).map { $0 * $1 }
    } else {
      var products = multiplied(
        zip(reset, state).map { $0 * $1 }, rowCount: batch, Array(recurrence[(2 * hidden * hidden)...]), inner: hidden)
      BinaryFunction.sum.apply(
        to: &products, shape: [batch, hidden], Array(bias[(rows + 2 * hidden)...]), bShape: [hidden])
      carried = products
    }
    let candidate = activated(zip(gate(2, of: inputs), carried).map { $0 + $1 }, 1)
    return update.indices.map { index -> S in
      let (part, old) = (update[index], state[index])
      return (1 - part) * candidate[index] + part * old
    }
  }

  /// Gates in the order input, output, forget, cell; peepholes in the order input, output, forget.
  private func advancedLongShortTerm(_ sums: [S]) -> (state: [S], memory: [S]) {
    func peeped(_ gate: [S], _ index: Int, _ memory: [S]) -> [S] {
      guard let peepholes else { return gate }
      return gate.indices.map { gate[$0] + peepholes[index * hidden + $0 % hidden] * memory[$0] }
    }
    let input = activated(peeped(gate(0, of: sums), 0, memory), 0)
    let forget = couplesGates ? input.map { 1 - $0 } : activated(peeped(gate(2, of: sums), 2, memory), 0)
    let candidate = activated(gate(3, of: sums), 1)
    let next = input.indices.map { index -> S in
      let kept = forget[index] * memory[index]
      return kept + input[index] * candidate[index]
    }
    let output = activated(peeped(gate(1, of: sums), 1, next), 0)
    var shown = next
    activations[2].apply(to: &shown)
    return (zip(output, shown).map { $0 * $1 }, next)
  }
}
