@testable import BatchNormFolding

extension ChannelAffine {
  /// One norm of one channel.
  static func norm(
    gamma: Double = 1, beta: Double = 0, mean: Double = 0, variance: Double = 1, epsilon: Double = 0
  ) -> ChannelAffine {
    norms([
      .normalization(gamma: [gamma], beta: [beta], mean: [mean], variance: [variance], epsilon: epsilon)
    ])
  }

  /// Several steps with as many channels as the first of them.
  static func norms(_ steps: [Step]) -> ChannelAffine {
    var affine = ChannelAffine(channels: steps.first?.channels ?? 0)
    for step in steps { affine.append(step) }
    return affine
  }
}

extension ChannelAffine.Step {
  var channels: Int {
    switch self {
    case .normalization(let gamma, _, _, _, _): gamma.count
    case .addition(let values), .multiplication(let values), .division(let values): values.count
    }
  }

  /// A norm with float32 parameters as training leaves them.
  static func trained(
    channels: Int, epsilon: Double = Double(Float(1e-5)), using generator: inout SeededGenerator
  ) -> ChannelAffine.Step {
    func vector(_ exponents: ClosedRange<Int>) -> [Double] {
      (0..<channels).map { _ in generator.single(exponents: exponents) }
    }
    return .normalization(
      gamma: vector(-3...1), beta: vector(-4...2), mean: vector(-4...2), variance: vector(-6...4).map(abs),
      epsilon: epsilon)
  }
}

extension FoldArithmetic {
  init(
    _ affine: ChannelAffine, weightFactor: Double = 1, biasFactor: Double = 1, as format: NumberFormat,
    input: InputFold? = nil, parallel: ParallelFold? = nil
  ) {
    self.init(
      affine: affine, weightFactor: weightFactor, biasFactor: biasFactor, storage: format.storage, input: input,
      parallel: parallel)
  }

  /// Scales elements that the storage type holds, in pieces of the sizes given and then the rest.
  func scaled(_ values: [Double], map: ChannelMap, pieces: [Int] = []) -> (values: [Double], outcome: ChunkOutcome) {
    switch storage {
    case .float16: scaled(values.map { Float16($0) }, map, pieces)
    case .bfloat16: scaled(values.map { BFloat16(representing: $0) }, map, pieces)
    case .float32: scaled(values.map { Float($0) }, map, pieces)
    case .float64: scaled(values, map, pieces)
    }
  }

  private func scaled<Element: StoredElement>(
    _ elements: [Element], _ map: ChannelMap, _ pieces: [Int]
  ) -> (values: [Double], outcome: ChunkOutcome) {
    var result: [Double] = []
    var outcome = ChunkOutcome()
    var first = 0
    for size in pieces + [elements.count] where first < elements.count {
      let piece = Array(elements[first..<min(first + size, elements.count)])
      var folded = piece
      var span = folded.mutableSpan
      outcome.merge(scale(piece.span, into: &span, from: first, map: map))
      result += folded.map(\.widened)
      first += piece.count
    }
    return (result, outcome)
  }
}

extension InputShiftSum {
  /// Takes elements that a type holds, in pieces of a size.
  mutating func observe(_ values: [Double], as format: NumberFormat, pieces: Int) {
    switch format.storage {
    case .float16: observe(values.map { Float16($0) }, pieces)
    case .bfloat16: observe(values.map { BFloat16(representing: $0) }, pieces)
    case .float32: observe(values.map { Float($0) }, pieces)
    case .float64: observe(values, pieces)
    }
  }

  private mutating func observe<Element: StoredElement>(_ elements: [Element], _ pieces: Int) {
    for first in stride(from: 0, to: elements.count, by: pieces) {
      observe(Array(elements[first..<min(first + pieces, elements.count)]).span, from: first)
    }
  }
}

extension ChannelMap {
  /// `[1, 1, 1, channels, each]`: the same number of elements for each channel, one channel after another.
  static func rows(channels: Int, each: Int) -> ChannelMap {
    guard let map = ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: channels, post: each) else {
      preconditionFailure("a small map must exist")
    }
    return map
  }
}
