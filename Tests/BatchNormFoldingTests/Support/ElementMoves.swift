@testable import BatchNormFolding

/// Where each element of an operator's output comes from, element by element, as the oracle of channel relations.
struct ElementMoves {
  private let pairs: [(input: [Int], output: [Int])]

  /// - Parameter pairs: An index into the input for each index into the output.
  init(_ shape: [Int], from source: ([Int]) -> [Int]) {
    pairs = Self.indices(shape).map { (source($0), $0) }
  }

  /// The elements in row-major order under another shape.
  init(reshaping from: [Int], to: [Int]) {
    pairs = Array(zip(Self.indices(from), Self.indices(to))).map { (input: $0.0, output: $0.1) }
  }

  /// Every index into a shape, in row-major order.
  private static func indices(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { heads, size in heads.flatMap { head in (0..<size).map { head + [$0] } } }
  }

  /// The output's channels that each channel of the input is a part of.
  func outputs(_ relation: ChannelRelation) -> [Set<Int>] {
    var result = Array(repeating: Set<Int>(), count: relation.input.count)
    for (input, output) in pairs {
      result[relation.input.channel(of: input)].insert(relation.output.channel(of: output))
    }
    return result
  }

  /// The input's channels that each channel of the output has a part of.
  func inputs(_ relation: ChannelRelation) -> [Set<Int>] {
    var result = Array(repeating: Set<Int>(), count: relation.output.count)
    for (input, output) in pairs {
      result[relation.output.channel(of: output)].insert(relation.input.channel(of: input))
    }
    return result
  }
}

extension ChannelView {
  fileprivate func channel(of index: [Int]) -> Int { axis.map { index[$0] } ?? 0 }
}

extension ChannelRelation {
  /// Whether it carries maps of single channels in both directions as elements move.
  func agrees(with moves: ElementMoves) -> Bool {
    let (back, forward) = (moves.outputs(self), moves.inputs(self))
    return (0..<output.count).allSatisfy { channel in
      carriedBack(.marking(channel, of: output.count))?.marks == Self.marks(of: channel, in: back)
    }
      && (0..<input.count).allSatisfy { channel in
        carriedForward(.marking(channel, of: input.count))?.marks == Self.marks(of: channel, in: forward)
      }
  }

  /// The marks of what is made of one channel; nil where something is made of others too.
  private static func marks(of channel: Int, in sources: [Set<Int>]) -> [Double]? {
    guard sources.allSatisfy({ !$0.contains(channel) || $0.count == 1 }) else { return nil }
    return sources.map { $0.contains(channel) ? 2 : 1 }
  }
}

extension ChannelAffine {
  /// A map that doubles one channel.
  static func marking(_ channel: Int, of channels: Int) -> ChannelAffine {
    scaling((0..<channels).map { $0 == channel ? 2 : 1 })
  }

  static func scaling(_ values: [Double]) -> ChannelAffine {
    ChannelAffine(channels: values.count, steps: [.multiplication(values)])
  }

  static func shifting(_ values: [Double]) -> ChannelAffine {
    ChannelAffine(channels: values.count, steps: [.addition(values)])
  }

  /// The scale of each channel.
  var marks: [Double] { scales().map(\.hi) }

  /// The shift of each channel.
  var shifts: [Double] { (0..<channels).map { shift(ofChannel: $0).hi } }
}
