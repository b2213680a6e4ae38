import Equivalence
package import ModelGraph
import ONNXEvaluation
import ProtobufIO
import Tensors

/// Finds what two models have in common by the names of their values.
///
/// A node is the same in both where it makes the same values of the same ones with the same attributes and constants.
/// Where it is not, both are read backwards through per-channel maps to a linear operator; if that is the same, the
/// candidate has folded maps into it, and its stored parameters are compared with the exact ones. Everything else
/// counts as changed.
package struct ModelAligner {
  private var result: ModelAlignment
  private let renamed: [Name: Name]
  /// Whether no name has changed its meaning.
  private let keepsNames: Bool
  /// The original's name of a value, by the candidate's.
  private var originalNames: [Name: Name]
  /// The candidate's nodes that folds were recovered from.
  private var covered: Set<PlacedNode> = []
  /// The folds, the last first.
  private var comparisons: [(titles: FoldTitles, comparison: FoldComparison)] = []

  var limit: Double { result.certification.limit }

  /// Aligns two models.
  ///
  /// - Parameters:
  ///   - limit: How many units in the last place a fold's stored element may be off.
  ///   - keepsNames: Whether no name has changed its meaning.
  ///   - assumesInference: Whether norms and Dropouts of each are taken as inference whatever they say.
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  /// - Complexity: O(bytes of both).
  package static func alignment(
    of original: Graph, and candidate: Graph, limit: Double, keepsNames: Bool = false,
    assumesInference: (original: Bool, candidate: Bool) = (false, false)
  ) throws -> ModelAlignment {
    let (model, other) = (NamedGraph(original), NamedGraph(candidate))
    let first = GraphScope(model, assumesInference: assumesInference.original)
    let second = GraphScope(other, assumesInference: assumesInference.candidate)
    let renamed = keepsNames ? [:] : try renamings(from: first, to: second, limit: limit)
    var aligner = ModelAligner(renamed, limit: limit, keepsNames: keepsNames)
    try aligner.alignModels(model, other)
    try aligner.align(first, second)
    aligner.result.certification.folds = try aligner.certificates()
    aligner.result.certification.changes.reverse()
    aligner.result.pieces.reverse()
    // What is changed besides may itself be rounded.
    if !aligner.result.certification.isSameElsewhere { aligner.result.exactConstants = nil }
    return aligner.result
  }

  init(_ renamed: [Name: Name], limit: Double, keepsNames: Bool = false) {
    self.renamed = renamed
    self.keepsNames = keepsNames
    originalNames = Dictionary(renamed.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    result = ModelAlignment(
      certification: Certification(limit: limit),
      renamed: Dictionary(
        renamed.map { ($0.description, $1.description) }, uniquingKeysWith: { first, _ in first }))
  }

  func originalName(of name: Name) -> Name { originalNames[name] ?? name }

  mutating func note(_ name: Name, _ scope: GraphScope, _ text: String) {
    result.certification.changes.append(.init(name: name.description, graph: scope.path, text: text))
  }

  mutating func noteSame() { result.certification.sameNodes += 1 }

  // MARK: - Models

  private mutating func alignModels(_ original: NamedGraph, _ candidate: NamedGraph) throws {
    // What a candidate imports besides, and uses, shows at its nodes.
    if original.graph.imports.contains(where: { candidate.graph.imports[$0.key] != $0.value }) {
      result.certification.changes.append(.init(name: "", graph: "", text: "other operator sets are imported"))
    }
    func title(_ function: Graph.Function) -> [Name] { [function.domain, function.name, function.overload] }
    var partners: [[Name]: Int] = [:]
    for (scope, facts) in candidate.graph.scopes.enumerated() {
      if let function = facts.function { partners[title(function)] = scope }
    }
    for (scope, facts) in original.graph.scopes.enumerated() {
      guard let function = facts.function else { continue }
      if try partners[title(function)].map({ try original.isSame(scope, candidate, $0) }) != true {
        result.certification.changes.append(
          .init(name: function.name.description, graph: "", text: "the function is another one"))
      }
    }
  }

  // MARK: - Graphs

  private mutating func align(_ original: GraphScope, _ candidate: GraphScope, comparesOutputs: Bool = true) throws {
    compareInputs(original, candidate)
    if comparesOutputs { try compareOutputs(original, candidate) }
    let results = try exactResults(original, candidate)
    result.exactConstants?.merge(results, uniquingKeysWith: { first, _ in first })
    for (index, node) in candidate.nodes.enumerated().reversed()
    where !covered.contains(PlacedNode(scope: candidate, index: index)) && !candidate.idleNodes.contains(index) {
      if let (first, second) = takenPartners(of: index, original, candidate) {
        try alignTaken(first, second)
        continue
      }
      guard let output = node.outputs.first(where: { !$0.isEmpty }) else { continue }
      let old = originalName(of: output)
      guard let partner = original.producer(of: old).map({ original.nodes[$0] }) else {
        // What a constant is made of shows where it is read.
        if !candidate.isConstant(output) { note(old, candidate, "\(node.operatorType) makes a value that is new") }
        continue
      }
      if let difference = try difference(partner, node, original, candidate) {
        if candidate.isConstant(output), original.isConstant(old) { continue }
        if try !recoverFold(of: old, as: output, original, candidate) { note(old, candidate, difference) }
      } else {
        noteSame()
        try alignSubgraphs(partner, node, original, candidate)
      }
    }
  }

  private mutating func compareInputs(_ original: GraphScope, _ candidate: GraphScope) {
    let inputs = Dictionary(
      candidate.inputs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for input in original.inputs where !original.isConstant(input.name) {
      guard let other = inputs[input.name] else {
        note(input.name, original, "is an input no more")
        continue
      }
      if other.type != input.type {
        note(input.name, original, "is an input of another type or shape")
      }
    }
  }

  private mutating func compareOutputs(_ original: GraphScope, _ candidate: GraphScope) throws {
    for (old, new) in zip(original.outputs, candidate.outputs) {
      if originalName(of: new) != old {
        note(old, original, "'\(new)' is the output in its place")
      } else if original.isConstant(old) || candidate.isConstant(new), try !isSame(old, new, original, candidate) {
        note(old, original, "is another constant")
      }
    }
    if original.outputs.count != candidate.outputs.count {
      note("", original, "has \(candidate.outputs.count) outputs rather than \(original.outputs.count)")
    }
  }

  private mutating func alignSubgraphs(
    _ original: NamedNode, _ candidate: NamedNode, _ outer: GraphScope, _ candidateOuter: GraphScope
  ) throws {
    var others = candidate.bodies
    for body in original.bodies {
      guard let place = others.firstIndex(where: { $0.attribute == body.attribute }) else { continue }
      let path = outer.path(of: original, body.attribute)
      try alignInside(
        GraphScope(outer.model, body.scope, path: path, in: outer),
        GraphScope(candidateOuter.model, others.remove(at: place).scope, path: path, in: candidateOuter))
    }
  }

  /// Aligns two subgraphs, which may name values otherwise, and may read what is made outside of them as what the
  /// original makes inside.
  ///
  /// - Parameter comparesOutputs: Whether they have to hand out the same.
  mutating func alignInside(_ original: GraphScope, _ candidate: GraphScope, comparesOutputs: Bool = true) throws {
    let outer = originalNames
    let renamed =
      keepsNames ? [:] : try Self.renamings(from: original, to: candidate, limit: limit, beside: self.renamed)
    let inside = renamed.filter { self.renamed[$0.key] == nil }
    for (old, new) in inside { originalNames[new] = old }
    for (old, new) in inside.sorted(by: { $0.key.description < $1.key.description }) where !candidate.defines(new) {
      if try !recoverFold(of: old, as: new, original, candidate) {
        note(old, original, "'\(new)' is read in its place")
      }
    }
    try align(original, candidate, comparesOutputs: comparesOutputs)
    originalNames = outer
    // It is nothing that the original makes outside.
    for new in inside.values where !candidate.defines(new) { originalNames[new] = "" }
  }

  /// What is different about two nodes that make the same value; nil where nothing is.
  func difference(
    _ original: NamedNode, _ candidate: NamedNode, _ scope: GraphScope, _ candidateScope: GraphScope
  ) throws -> String? {
    guard original.operatorType == candidate.operatorType, original.overload == candidate.overload,
      original.domain == candidate.domain || original.domain.isOwn && candidate.domain.isOwn
    else { return "\(candidate.operatorType) makes it rather than \(original.operatorType)" }
    guard try scope.trains(original) == candidateScope.trains(candidate) else {
      return "its node trains in one of both alone"
    }
    let (own, second) = (try scope.statement(of: original), try candidateScope.statement(of: candidate))
    guard own.outputs == second.outputs.map(originalName) else { return "its node has other outputs" }
    let (inputs, others) = (own.inputs, second.inputs)
    guard inputs.count == others.count else { return "its node has \(others.count) inputs rather than \(inputs.count)" }
    for (place, (input, other)) in zip(inputs, others).enumerated() {
      let readsContents = scope.readsContents(of: original, at: place)
      if try readsContents ? isSame(input, other, scope, candidateScope) : isAlike(input, other, scope, candidateScope)
      {
        continue
      }
      return original.name.isEmpty ? "reads another '\(input)'" : "'\(original.name)' reads another '\(input)'"
    }
    if let name = try own.attributes.differing(from: second.attributes) {
      return "attribute '\(name)' of its node is another one"
    }
    return nil
  }

  /// Whether two names stand for the same value.
  func isSame(_ name: Name, _ other: Name, _ scope: GraphScope, _ candidate: GraphScope) throws -> Bool {
    if name.isEmpty || other.isEmpty { return name == other }
    guard scope.isConstant(name) == candidate.isConstant(other) else { return false }
    guard scope.isConstant(name) else {
      return originalName(of: other) == name || originalName(of: candidate.source(of: other)) == scope.source(of: name)
    }
    if let tensor = scope.storedTensor(name), let second = candidate.storedTensor(other) {
      return try tensor.holdsSame(as: second)
    }
    guard let tensor = try scope.value(of: name), let second = try candidate.value(of: other) else {
      return name == other
    }
    return tensor.isIdentical(to: second)
  }

  // MARK: - Folds

  /// The fold that makes a value in the candidate; nil where it is none.
  func fold(
    of old: Name, as new: Name, _ original: GraphScope, _ candidate: GraphScope
  ) throws -> RecoveredFold? {
    guard let forms = try linearForms(of: old, as: new, original, candidate) else {
      let forms =
        try mergedForms(of: old, as: new, original, candidate) ?? parallelForms(of: old, as: new, original, candidate)
      return try forms.flatMap { try recovered($0, original, candidate) }
    }
    guard let fold = try recovered(forms, original, candidate) else { return nil }
    // Where the candidate has a norm behind the operator, both may have taken maps in, each its own.
    guard fold.other.hasNormBehind, let nearer = try mergedForms(of: old, as: new, original, candidate),
      let merged = try recovered(nearer, original, candidate)
    else { return fold }
    func isWithinLimit(_ fold: RecoveredFold) throws -> Bool {
      try !fold.comparison.certificate(fold.titles(of: "", in: ""), limit: limit).isBeyondLimit
    }
    return try !isWithinLimit(merged) && isWithinLimit(fold) ? fold : merged
  }

  /// The fold between two forms; nil where their numbers do not compare.
  private func recovered(
    _ forms: (LinearForm, LinearForm), _ original: GraphScope, _ candidate: GraphScope
  ) throws -> RecoveredFold? {
    let (inner, other) = (forms.0.innermost(from: original), forms.1.innermost(from: candidate))
    guard let numbers = try ParameterReader(scope: inner).parameters(of: forms.0),
      let others = try ParameterReader(scope: other).parameters(of: forms.1),
      let comparison = try FoldComparison(numbers, others)
    else { return nil }
    return RecoveredFold(form: forms.0, other: forms.1, weightKind: numbers.weightKind, comparison: comparison)
  }

  /// Both models' forms of a value that a linear operator makes; nil where that is not the same.
  private func linearForms(
    of old: Name, as new: Name, _ original: GraphScope, _ candidate: GraphScope
  ) throws -> (LinearForm, LinearForm)? {
    guard let form = original.linearForm(of: old), let other = candidate.linearForm(of: new),
      try form.hasSameOperator(as: other),
      let (place, index) = try nearest(form.entrances, other.entrances, original, candidate)
    else { return nil }
    return (form.entered(at: place), other.entered(at: index))
  }

  /// Recovers the fold that makes a value in the candidate.
  ///
  /// - Returns: Whether it is one.
  mutating func recoverFold(
    of old: Name, as new: Name, _ original: GraphScope, _ candidate: GraphScope
  ) throws -> Bool {
    guard let fold = try fold(of: old, as: new, original, candidate) else { return false }
    let (form, other) = (fold.form, fold.other)
    // What else reads what is made outside for it would read something that is nowhere compared.
    let outside = other.nodes.filter { $0.scope !== candidate }.flatMap(\.node.outputs)
    guard outside.allSatisfy({ $0 == new || candidate.readerCount(of: $0) <= 1 }) else { return false }
    comparisons.append((fold.titles(of: old.description, in: original.path), fold.comparison))
    if original.path.isEmpty {
      result.pieces.append(
        FoldPiece(
          originalActivation: form.activation.description, candidateActivation: other.activation.description,
          originalValue: old.description, candidateValue: new.description, kind: fold.weightKind,
          likelyShape: try form.likelyActivationShape(original.typeOfConstant(form.weight)?.shape ?? [])))
    }
    replaceParameters(
      FoldedParameters(
        form: form, scope: form.innermost(from: original), other: other, candidate: other.innermost(from: candidate)))
    covered.formUnion(other.nodes)
    return true
  }

  /// Where both models have the same activation, the nearest one.
  func nearest(
    _ entrances: [LinearForm.Entrance], _ others: [LinearForm.Entrance], _ original: GraphScope,
    _ candidate: GraphScope
  ) throws -> (Int, Int)? {
    for (index, second) in others.enumerated() {
      for (place, first) in entrances.enumerated()
      where try isSame(first.activation, second.activation, original, candidate) {
        return (place, index)
      }
    }
    return nil
  }

  /// The certificates of the folds, in the order of the original's values.
  private func certificates() throws -> [FoldCertificate] {
    let limit = limit
    return try comparisons.reversed().concurrentMap { try $0.comparison.certificate($0.titles, limit: limit) }
  }

  private mutating func replaceParameters(_ parameters: FoldedParameters) {
    result.folded.append(parameters)
    guard result.exactConstants != nil else { return }
    if let constants = parameters.exact {
      result.exactConstants?.merge(constants, uniquingKeysWith: { first, _ in first })
    } else {
      result.exactConstants = nil
    }
  }
}
