import ModelGraph
import NumericKernels
import ProtobufIO
import Tensors

/// Recurrent layers.
extension OperatorTable {
  mutating func addRecurrent() {
    add("RNN", several: { try Self.recur(&$0, .simple) })
    add("GRU", several: { try Self.recur(&$0, .gatedUnit) })
    add("LSTM", several: { try Self.recur(&$0, .longShortTerm) })
  }

  private static func recur(_ call: inout OperatorCall<S>, _ cell: RecurrentCell) throws -> [Value?] {
    let isBatchFirst = try call.integer("layout", default: 0) == 1
    func timeFirst(_ tensor: Tensor) throws -> Tensor {
      guard tensor.rank == 3 else {
        throw ComputationFailure("an input or state of shape \(tensor.shape) is no sequence")
      }
      return try isBatchFirst ? tensor.transposed(by: [1, 0, 2]) : tensor
    }
    let x = try timeFirst(try call.tensor(0))
    let weight = try call.tensor(1)
    guard x.rank == 3, weight.rank == 3,
      let hidden = try call.tensor(2).shape.last,
      try call.count("hidden_size", default: hidden) == hidden
    else { throw ComputationFailure("an input of shape \(x.shape) is no sequence") }
    let direction = call.text("direction", default: "forward")
    let directions = direction == "bidirectional" ? 2 : 1
    let (steps, batch, width) = (x.shape[0], x.shape[1], x.shape[2])
    let rows = cell.gates * hidden
    guard width > 0 else { throw ComputationFailure("an input of shape \(x.shape) is no sequence") }
    guard weight.shape == [directions, rows, width], try call.tensor(2).shape == [directions, rows, hidden] else {
      throw ComputationFailure("weights of shape \(weight.shape) do not fit an input of shape \(x.shape)")
    }
    let lengths = try call.optionalIntegers(4) ?? Array(repeating: steps, count: batch)
    guard lengths.count == batch, lengths.allSatisfy({ 0 <= $0 && $0 <= steps }) else {
      throw ComputationFailure("lengths \(lengths) do not fit \(batch) sequences of \(steps)")
    }
    let activations = try Self.activations(call, cell, directions)
    _ = try [steps, directions, batch, hidden].checkedCount()
    _ = try [directions, batch, hidden].checkedCount()
    try Ledger.count(steps, directions, batch, rows * (width + hidden))
    try Ledger.count(steps, directions, batch, rows, cost: 32)
    var (states, memories, outputs): ([S], [S], [[S]]) = ([], [], [])
    for index in 0..<directions {
      func part(_ input: Int, _ count: Int) throws -> [S]? {
        guard let elements = try call.optionalReals(input) else { return nil }
        guard elements.count == directions * count else {
          throw ComputationFailure("input \(input) does not have \(directions * count) elements")
        }
        return Array(elements[(index * count)..<((index + 1) * count)])
      }
      func start(_ input: Int) throws -> [S] {
        guard let tensor = try call.optionalTensor(input) else { return Array(repeating: 0, count: batch * hidden) }
        let elements = try OperatorCall<S>.reals(of: try timeFirst(tensor), input: input)
        guard elements.count == directions * batch * hidden else {
          throw ComputationFailure("input \(input) does not fit")
        }
        return Array(elements[(index * batch * hidden)..<((index + 1) * batch * hidden)])
      }
      var layer = RecurrentLayer<S>(
        cell: cell, hidden: hidden, width: width, batch: batch, lengths: lengths, product: call.context.product,
        weight: try part(1, rows * width) ?? [], recurrence: try part(2, rows * hidden) ?? [],
        bias: try part(3, 2 * rows) ?? Array(repeating: 0, count: 2 * rows), state: try start(5),
        memory: cell == .longShortTerm ? try start(6) : [])
      layer.peepholes = cell == .longShortTerm ? try part(7, 3 * hidden) : nil
      layer.activations = Array(activations[(index * cell.activations)..<((index + 1) * cell.activations)])
      layer.clip = try call.optionalReal("clip").map { S($0) }
      layer.resetsAfterProduct = try call.integer("linear_before_reset", default: 0) != 0
      layer.couplesGates = try call.integer("input_forget", default: 0) != 0
      outputs.append(
        layer.run(try OperatorCall<S>.reals(of: x, input: 0), isReversed: direction == "reverse" || index == 1))
      states += layer.state
      memories += layer.memory
    }
    let kind = x.kind
    var all: [S] = []
    for step in 0..<steps {
      for output in outputs { all += output[(step * batch * hidden)..<((step + 1) * batch * hidden)] }
    }
    let sequence = try Tensor([steps, directions, batch, hidden], kind, reals: all)
    let last = try timeFirst(Tensor([directions, batch, hidden], kind, reals: states))
    let results: [Value?] = [
      .tensor(try isBatchFirst ? sequence.transposed(by: [2, 0, 1, 3]) : sequence), .tensor(last),
    ]
    guard cell == .longShortTerm else { return results }
    return results + [.tensor(try timeFirst(Tensor([directions, batch, hidden], kind, reals: memories)))]
  }

  /// The functions of each direction, with the parameters that they take from the lists in turn.
  private static func activations(
    _ call: OperatorCall<S>, _ cell: RecurrentCell, _ directions: Int
  ) throws -> [UnaryFunction] {
    let standard = Array(repeating: cell.standardActivations, count: directions).flatMap { $0 }
    let names = call.node.attributes["activations"]?.strings.map(\.description) ?? standard
    guard names.count == standard.count else {
      throw ComputationFailure("has \(names.count) activations rather than \(standard.count)")
    }
    var alphas = (call.node.attributes["activation_alpha"]?.floats ?? [])[...]
    var betas = (call.node.attributes["activation_beta"]?.floats ?? [])[...]
    func alpha(_ standard: Float) -> Double { Double(alphas.popFirst() ?? standard) }
    func beta(_ standard: Float) -> Double { Double(betas.popFirst() ?? standard) }
    return try names.map { name in
      switch name.lowercased() {
      case "sigmoid": .sigmoid
      case "tanh": .hyperbolicTangent
      case "relu": .relu
      case "softsign": .softsign
      case "softplus": .softplus
      case "leakyrelu": .leakyRelu(alpha: alpha(0.01))
      case "thresholdedrelu": .thresholdedRelu(alpha: alpha(1))
      case "elu": .elu(alpha: alpha(1))
      case "hardsigmoid": .hardSigmoid(alpha: alpha(0.2), beta: beta(0.5))
      case "affine": .affine(alpha: alpha(1), beta: beta(0))
      case "scaledtanh": .scaledTanh(alpha: alpha(1), beta: beta(1))
      default: throw ComputationFailure("activation '\(name)' is not known")
      }
    }
  }
}
