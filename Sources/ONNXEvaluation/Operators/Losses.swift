import NumericKernels
import ProtobufIO
import Tensors

/// Losses of a classification.
extension OperatorTable {
  mutating func addLosses() {
    add("NegativeLogLikelihoodLoss") { call in try Self.likelihoodLoss(call, try call.reals(0)) }
    add(
      "SoftmaxCrossEntropyLoss",
      several: { call in
        let scores = try call.tensor(0)
        let logarithms = try Self.logarithmsOfSoftmax(call)
        let loss = try Self.likelihoodLoss(call, logarithms)
        return try [.tensor(loss), .tensor(Tensor(scores.shape, scores.kind, reals: logarithms))]
      })
  }

  /// The scores of the first input as logarithms of probabilities, which add up to 1 over the classes.
  private static func logarithmsOfSoftmax(_ call: OperatorCall<S>) throws -> [S] {
    let tensor = try call.tensor(0)
    guard tensor.rank >= 2 else { throw ComputationFailure("scores of shape \(tensor.shape) have no classes") }
    let order = [0] + tensor.shape.indices.dropFirst(2) + [1]
    let moved = try tensor.transposed(by: order)
    let shape = moved.shape
    var elements = try OperatorCall<S>.reals(of: moved, input: 0)
    RowNormalization.logSoftmax.apply(to: &elements, width: tensor.shape[1])
    let normalized = try Tensor(shape, tensor.kind, reals: elements).transposed(by: inverse(of: order))
    return try OperatorCall<S>.reals(of: normalized, input: 0)
  }

  /// What the logarithms of the targets' probabilities lose, weighted by class.
  private static func likelihoodLoss(_ call: OperatorCall<S>, _ logarithms: [S]) throws -> Tensor {
    let (shape, target) = (try call.tensor(0).shape, try call.tensor(1))
    guard shape.count >= 2, target.shape == [shape[0]] + shape.dropFirst(2) else {
      throw ComputationFailure("targets of shape \(target.shape) do not fit scores of shape \(shape)")
    }
    let (classes, inner) = (shape[1], Shape.count(of: shape.dropFirst(2)))
    let weights: [S]? = try call.optionalReals(2)
    guard weights.map({ $0.count == classes }) ?? true else {
      throw ComputationFailure("the weight does not have \(classes) elements")
    }
    let ignored = try call.optionalInteger("ignore_index")
    var losses: [S] = []
    var totalWeight = 0.0
    for (index, label) in try call.integers(1).enumerated() {
      if label == ignored {
        losses.append(0)
        continue
      }
      guard 0 <= label, label < classes else {
        throw ComputationFailure("target \(label) is none of \(classes) classes")
      }
      let weight: S = weights?[label] ?? 1
      totalWeight += Double(weight)
      losses.append(-logarithms[(index / inner * classes + label) * inner + index % inner] * weight)
    }
    let kind = try call.tensor(0).kind
    let reduction = call.text("reduction", default: "mean")
    let sum = losses.reduce(0.0) { $0 + Double($1) }
    switch reduction {
    case "none": return try Tensor(target.shape, kind, reals: losses)
    case "sum": return try Tensor([], kind, reals: [S(sum)])
    case "mean": return try Tensor([], kind, reals: [S(sum / totalWeight)])
    default: throw ComputationFailure("reduction '\(reduction)' is not known")
    }
  }
}
