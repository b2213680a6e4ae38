import Tensors

/// Folds that half precision holds only if a power of two moves on.
extension FoldPlanner {
  /// Powers of two that are tried, from the least harm on; the range of float16 is not much more.
  private static var exponents: ClosedRange<Int> { 1...15 }

  /// Tries to fold a norm that would overflow, with its output divided by a power of two which the operators behind
  /// multiply by, or with the activation before multiplied so and the weight divided.
  ///
  /// Powers of two are exact; what is between lets a positive scale pass.
  ///
  /// - Returns: Whether it did.
  mutating func moveBalanced(_ id: OperatorID, _ map: TravellingMap) throws -> Bool {
    guard let (input, output) = ends(of: id), !isBetweenScopes(input, output) else { return false }
    for exponent in Self.exponents {
      let smaller = map.scaled(byPowerOfTwo: -exponent)
      var proposal = FoldProposal(.backward)
      if try pushBack(smaller, of: id, from: input, to: output, into: &proposal) == nil {
        if try pushOn(.powerOfTwo(exponent), keeping: work.resolve(output), into: &proposal) == nil {
          make(proposal)
          return true
        }
        undo(proposal)
        break
      }
      undo(proposal)
    }
    return try moveBalancedBefore(id, map, from: input, to: output)
  }

  /// Tries to multiply what the operator before a norm reads, and to divide its weight.
  private mutating func moveBalancedBefore(
    _ id: OperatorID, _ map: TravellingMap, from input: ValueID, to output: ValueID
  ) throws -> Bool {
    guard let target = work.producer(of: work.resolve(input)), let linear = graph[target].linear,
      let activation = work.inputs(of: target).first
    else { return false }
    for exponent in Self.exponents {
      var proposal = FoldProposal(.backward)
      if try absorb(.powerOfTwo(-exponent), before: target, linear, &proposal) == nil,
        try pushBack(.powerOfTwo(exponent), keeping: activation, into: &proposal) == nil,
        try pushBack(map, of: id, from: input, to: output, into: &proposal) == nil
      {
        make(proposal)
        return true
      }
      undo(proposal)
    }
    return false
  }
}

extension TravellingMap {
  /// The multiplication of every element.
  static func powerOfTwo(_ exponent: Int) -> TravellingMap {
    let factor = Double(sign: .plus, exponent: exponent, significand: 1)
    return TravellingMap(
      affine: ChannelAffine(channels: 1, steps: [.multiplication([factor])]), view: .uniform, types: [])
  }

  /// The map, and then the multiplication of every element.
  func scaled(byPowerOfTwo exponent: Int) -> TravellingMap {
    followed(by: .powerOfTwo(exponent)) ?? self
  }
}
