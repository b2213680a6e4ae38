import Equivalence
import ONNXEvaluation
import ONNXModel

/// The parameters that a candidate would have if it could store every number.
struct ExactParameters {
  let form: LinearForm
  let scope: GraphScope
  let other: LinearForm
  let candidate: GraphScope

  /// The tensors to put in place of those that the candidate stores, made when they are read.
  ///
  /// - Returns: nil where another node reads one of them too, a node rounds one, or other maps stand behind.
  var constants: [ConstantPlace: () throws -> Tensor]? {
    guard other.links.isEmpty || other.links.count == 1 && biasName != other.bias else { return nil }
    var names = [other.weight]
    let bias = biasName
    if let bias { names.append(bias) }
    guard names.allSatisfy({ candidate.readerCount(of: $0) == 1 && candidate.defines($0) && !isRounded($0) }),
      !roundsOriginal
    else { return nil }
    var result: [ConstantPlace: () throws -> Tensor] = [:]
    if let place = candidate.place(of: other.weight) {
      result[place] = { try made(other.weight) { try $0.exactWeight() } }
    }
    if let bias, let place = candidate.place(of: bias) { result[place] = { try made(bias) { $0.exactBias() } } }
    return result
  }

  /// The tensor that holds the candidate's bias; nil where there is none.
  private var biasName: Name? {
    if case .addition(let name, _)? = other.links.last { return name }
    return other.bias
  }

  private func isRounded(_ name: Name) -> Bool { candidate.isRounded(name) }

  /// Whether a parameter of the original is rounded on its way: in float64 it would then be another number.
  private var roundsOriginal: Bool {
    let names = form.links.flatMap { link in
      switch link {
      case .norm(let node): Array(node.inputs.dropFirst())
      case .addition(let name, _), .subtraction(let name, _), .multiplication(let name, _), .division(let name, _):
        [name]
      }
    }
    return (names + [form.weight] + (form.bias.map { [$0] } ?? [])).contains(where: scope.isRounded)
  }

  private func made(_ name: Name, _ numbers: (FoldComparison) throws -> [Double]?) throws -> Tensor {
    guard let original = try ParameterReader(scope: scope).parameters(of: form),
      let stored = try ParameterReader(scope: candidate).parameters(of: other),
      let comparison = FoldComparison(original, stored), let (shape, kind) = try candidate.typeOfConstant(name),
      let exact = try numbers(comparison), case let count = shape.reduce(1, *), exact.count == count || count == 1
    else { throw EvaluationError(.invalidModel, "the exact '\(name)' cannot be made") }
    return Tensor(
      shape: shape, kind: kind, elements: .float64(count == exact.count ? exact : Array(exact.prefix(count))))
  }
}
