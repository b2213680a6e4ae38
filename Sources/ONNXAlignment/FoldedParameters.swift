import Equivalence
import ModelGraph
import ONNXEvaluation
import ProtobufIO
import Tensors

/// What a candidate stores for a fold, and what might stand in place of it.
struct FoldedParameters {
  typealias Constants = [ValueID: () throws -> Tensor]

  let form: LinearForm
  let scope: GraphScope
  let other: LinearForm
  let candidate: GraphScope

  /// What the candidate would store if it could store every number; made when it is read.
  ///
  /// - Returns: nil where another node reads one of the tensors too, a node rounds one, or other maps stand behind.
  var exact: Constants? {
    guard let names, names.allSatisfy({ candidate.readerCount(of: $0) == 1 }), !roundsOriginal else { return nil }
    return constants(weight: { try $0.exactWeight() }, bias: { $0.exactBias() })
  }

  /// What it stores, each number moved by a unit in the last place, up or down as a seed says.
  ///
  /// What nodes round stays, but for what a DequantizeLinear makes of integers: their steps count there.
  ///
  /// - Returns: nil where other maps stand behind.
  func moved(seed: Int) -> Constants? {
    guard endsInBias else { return nil }
    let all = constants(weight: { try $0.movedWeight(seed: seed) }, bias: { $0.movedBias(seed: seed) })
    let staying = ([other.weight] + (biasName.map { [$0] } ?? [])).filter { isRounded($0) && !isDequantized($0) }
    return all.filter { constant in !staying.contains { candidate.place(of: $0) == constant.key } }
  }

  /// Whether no map stands behind what holds the candidate's bias.
  private var endsInBias: Bool { other.links.isEmpty || other.links.count == 1 && biasName != other.bias }

  private func isDequantized(_ name: Name) -> Bool {
    candidate.maker(of: name)?.node.node.operatorType == "DequantizeLinear"
  }

  /// The tensors that hold the candidate's parameters.
  private var names: [Name]? {
    guard endsInBias else { return nil }
    let names = [other.weight] + (biasName.map { [$0] } ?? [])
    return names.allSatisfy { candidate.place(of: $0) != nil && !isRounded($0) } ? names : nil
  }

  private func constants(
    weight: @escaping (FoldComparison) throws -> [Double]?, bias: @escaping (FoldComparison) throws -> [Double]?
  ) -> Constants {
    var result: Constants = [:]
    if let place = candidate.place(of: other.weight) { result[place] = { try made(other.weight, weight) } }
    if let name = biasName, let place = candidate.place(of: name) { result[place] = { try made(name, bias) } }
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
    let names = form.allLinks.flatMap { link in
      switch link {
      case .norm(let node), .standardization(let node): Array(node.inputs.dropFirst())
      case .addition(let name, _), .subtraction(let name, _), .reversedSubtraction(let name, _),
        .multiplication(let name, _), .division(let name, _):
        [name]
      }
    }
    return (names + [form.weight] + (form.bias.map { [$0] } ?? [])).contains(where: scope.isRounded)
  }

  private func made(_ name: Name, _ numbers: (FoldComparison) throws -> [Double]?) throws -> Tensor {
    guard let original = try ParameterReader(scope: scope).parameters(of: form),
      let stored = try ParameterReader(scope: candidate).parameters(of: other),
      let comparison = try FoldComparison(original, stored), let (shape, kind) = try candidate.typeOfConstant(name),
      let made = try numbers(comparison), case let count = shape.reduce(1, *), made.count == count || count == 1
    else { throw EvaluationError(.invalidModel, "'\(name)' cannot be put in place of what is stored") }
    return try Tensor(
      shape: shape, kind: kind, elements: .float64(count == made.count ? made : Array(made.prefix(count))))
  }
}
