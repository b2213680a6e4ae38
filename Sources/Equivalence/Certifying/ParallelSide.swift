/// The maps of an activation whose sum is added to what a linear operator makes of the same one.
///
/// Each is an operator itself, with one element for each channel, so the operator can take it in.
package struct ParallelSide: Sendable {
  /// The element of the weight that meets the same place of the same channel, for each channel of the output.
  package let places: [Int]
  /// What is added.
  package let chains: [AffineChain]
  /// The maps behind the sum.
  package let outer: AffineChain

  /// - Precondition: All have as many channels as there are places.
  package init(places: [Int], chains: [AffineChain], outer: AffineChain) {
    self.places = places
    self.chains = chains
    self.outer = outer
  }

  /// What the sum behind all maps multiplies a channel of the activation by, besides the operator.
  func scale(ofChannel channel: Int) -> TwoPart {
    chains.reduce(TwoPart(0)) { $0 + $1.scale(ofChannel: channel) } * outer.scale(ofChannel: channel)
  }

  /// What it adds, in front of the outer maps, as two numbers for each channel.
  var additions: [AffineStep] {
    let sums = places.indices.map { channel in
      chains.reduce(TwoPart(0)) { $0 + $1.image(of: TwoPart(0), channel: channel).value }
    }
    return [.addition(sums.map(\.head)), .addition(sums.map(\.tail))]
  }
}
