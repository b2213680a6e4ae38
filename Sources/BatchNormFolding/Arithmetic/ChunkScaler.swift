/// Scales chunks of one weight, block by block; what the fast way leaves in doubt of a block is then worked out
/// carefully.
struct ChunkScaler<Element: FastScalable> {
  private let arithmetic: FoldArithmetic
  private let map: ChannelMap

  /// What elements of each channel are multiplied by.
  private let factors: [Element.Factor]

  /// Whether the channels are those of the operator's input.
  private let isInput: Bool

  /// - Parameters:
  ///   - map: The channels of the weight's elements on the side that has scales.
  ///   - table: The scales of that side.
  init(_ arithmetic: FoldArithmetic, _ map: ChannelMap, _ table: ScaleTable, isInput: Bool = false) {
    self.arithmetic = arithmetic
    self.map = map
    self.isInput = isInput
    factors = Element.factors(of: table)
  }

  func scale(
    _ source: Span<Element>, into target: inout MutableSpan<Element>, from first: Int
  ) -> ChunkOutcome {
    map.checkChunk(of: source.count, from: first)
    var outcome = ChunkOutcome()
    guard source.count > 0 else { return outcome }
    var careful = CarefulScaler(arithmetic)
    var cursor = map.cursor(at: first)
    var position = 0
    while position < source.count {
      let start = cursor
      let block = position..<min(position + Element.blockLength, source.count)
      if multiply(source, into: &target, block, &cursor) {
        resolve(source, into: &target, block, start, &careful, &outcome)
      }
      position = block.upperBound
    }
    return outcome
  }

  /// Multiplies the elements of a block by their channels' factors.
  ///
  /// The loops note doubts in variables of their own, without which they are not made vector code.
  ///
  /// - Returns: Whether a product is in doubt.
  @inline(__always)
  private func multiply(
    _ source: Span<Element>, into target: inout MutableSpan<Element>, _ block: Range<Int>,
    _ cursor: inout ChannelMap.Cursor
  ) -> Bool {
    precondition(block.upperBound <= source.count && source.count == target.count, "a block must be in both chunks")
    var doubts: Element.Doubts = 0
    var start = block.lowerBound
    while start < block.upperBound {
      let end = start + min(cursor.remaining, block.upperBound - start)
      var runDoubts: Element.Doubts = 0
      if cursor.isAscending {
        let run = factors.span.extracting(cursor.channel..<cursor.channel + (end - start))
        for index in run.indices {
          target[start &+ index] = Element.product(source[start &+ index], run[index], doubts: &runDoubts)
        }
      } else {
        let factor = factors[cursor.channel]
        for index in start..<end { target[index] = Element.product(source[index], factor, doubts: &runDoubts) }
      }
      doubts |= runDoubts
      cursor.advance(by: end - start)
      start = end
    }
    return doubts & Element.doubtMask != 0
  }

  /// Works out what is in doubt of a block.
  @inline(never)
  private func resolve(
    _ source: Span<Element>, into target: inout MutableSpan<Element>, _ block: Range<Int>,
    _ start: ChannelMap.Cursor, _ careful: inout CarefulScaler, _ outcome: inout ChunkOutcome
  ) {
    var cursor = start
    for index in block {
      let (channel, element) = (cursor.channel, source[index])
      var doubts: Element.Doubts = 0
      _ = Element.product(element, factors[channel], doubts: &doubts)
      if doubts & Element.doubtMask != 0 {
        let stored = element.widened
        let folded = careful.weight(
          stored, WeightPlace(channel: isInput ? nil : channel, inputChannel: isInput ? channel : nil))
        outcome.note(stored, became: folded)
        target[index] = Element(representing: folded)
      }
      cursor.advance(by: 1)
    }
  }
}
