import Tensors

/// Scales chunks of one weight by the scales of pairs of an output and an input channel, block by block.
///
/// The factors of one block at a time are laid out, an element each, so that the products are vector code as those
/// of `ChunkScaler` are; what a block's products leave in doubt is then worked out carefully.
struct PairScaler<Element: FastScalable> {
  private let arithmetic: FoldArithmetic
  private let map: ChannelMap
  private let inputMap: ChannelMap
  private let scales: [ChannelScale]
  private let inputScales: [ChannelScale]

  init(_ arithmetic: FoldArithmetic, _ map: ChannelMap, _ inputMap: ChannelMap, _ table: ScaleTable) {
    precondition(inputMap.elementCount == map.elementCount, "both channel maps must be of the weight")
    self.arithmetic = arithmetic
    self.map = map
    self.inputMap = inputMap
    scales = arithmetic.output.scales
    inputScales = table.scales
  }

  func scale(
    _ source: Span<Element>, into target: inout MutableSpan<Element>, from first: Int
  ) -> ChunkOutcome {
    map.checkChunk(of: source.count, from: first)
    var outcome = ChunkOutcome()
    guard source.count > 0 else { return outcome }
    var careful = CarefulScaler(arithmetic)
    var cursor = ChannelMap.PairCursor(map.cursor(at: first), inputMap.cursor(at: first))
    let one = ChannelScale(DoubleDouble(1), error: 0)
    var factors = Array(repeating: Element.factor(one, one), count: min(Element.blockLength, source.count))
    var position = 0
    while position < source.count {
      let block = position..<min(position + Element.blockLength, source.count)
      layOut(&factors, count: block.count, &cursor)
      if multiply(source, into: &target, block, factors.span) {
        resolve(source, into: &target, block, first, factors.span, &careful, &outcome)
      }
      position = block.upperBound
    }
    return outcome
  }

  /// Lays out the factors of the next elements.
  @inline(__always)
  private func layOut(_ factorArray: inout [Element.Factor], count: Int, _ cursor: inout ChannelMap.PairCursor) {
    let (scales, inputScales) = (scales.span, inputScales.span)
    var factors = factorArray.mutableSpan
    var position = 0
    while position < count {
      let run = cursor.next(atMost: count - position, from: position)
      var (channel, inputChannel) = (run.channel, run.otherChannel)
      if run.isUniform {
        let factor = Element.factor(scales[channel], inputScales[inputChannel])
        for index in run.range { factors[index] = factor }
      } else {
        for index in run.range {
          factors[index] = Element.factor(scales[channel], inputScales[inputChannel])
          channel += run.isAscending ? 1 : 0
          inputChannel += run.otherIsAscending ? 1 : 0
        }
      }
      position = run.range.upperBound
    }
  }

  /// Multiplies the elements of a block by their factors.
  ///
  /// - Returns: Whether a product is in doubt.
  @inline(__always)
  private func multiply(
    _ source: Span<Element>, into target: inout MutableSpan<Element>, _ block: Range<Int>,
    _ factors: Span<Element.Factor>
  ) -> Bool {
    precondition(block.upperBound <= source.count && source.count == target.count, "a block must be in both chunks")
    let (start, run) = (block.lowerBound, factors.extracting(first: block.count))
    var doubts: Element.Doubts = 0
    for index in run.indices {
      target[start &+ index] = Element.product(source[start &+ index], run[index], doubts: &doubts)
    }
    return doubts & Element.doubtMask != 0
  }

  /// Works out what is in doubt of a block.
  @inline(never)
  private func resolve(
    _ source: Span<Element>, into target: inout MutableSpan<Element>, _ block: Range<Int>, _ first: Int,
    _ factors: Span<Element.Factor>, _ careful: inout CarefulScaler, _ outcome: inout ChunkOutcome
  ) {
    for index in block {
      let element = source[index]
      var doubts: Element.Doubts = 0
      _ = Element.product(element, factors[index - block.lowerBound], doubts: &doubts)
      guard doubts & Element.doubtMask != 0 else { continue }
      let place = WeightPlace(
        channel: map.channel(ofElement: first + index), inputChannel: inputMap.channel(ofElement: first + index))
      let stored = element.widened
      let folded = careful.weight(stored, place)
      outcome.note(stored, became: folded)
      target[index] = Element(representing: folded)
    }
  }
}
