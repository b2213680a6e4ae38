extension FoldArithmetic {
  /// The elements that are decided together.
  private static let blockSize = 512

  /// Runs below this are scaled several at a time.
  private static let shortRun = 32

  /// Scales one chunk of a weight, each element correctly rounded (float64: within 1 ulp).
  ///
  /// - Parameters:
  ///   - source: Row-major elements.
  ///   - target: As many elements, which become the scaled ones.
  ///   - first: The index of the chunk's first element in the whole weight.
  ///   - map: The channels of the weight's elements.
  /// - Precondition: The chunk is within the weight, and the element type is the storage type.
  /// - Complexity: O(elements).
  package func scale<Element: StoredElement>(
    _ source: Span<Element>, into target: inout MutableSpan<Element>, from first: Int, map: ChannelMap
  ) -> ChunkOutcome {
    precondition(Element.storage == storage, "the elements must be of the storage type")
    precondition(source.count == target.count, "a fold must keep the number of elements")
    return Element.scale(source, into: &target, from: first, map: map, by: self)
  }

  @inline(__always)
  func scaleElements<Element: StoredElement>(
    _ source: Span<Element>, into target: inout MutableSpan<Element>, from first: Int, map: ChannelMap
  ) -> ChunkOutcome {
    var outcome = ChunkOutcome()
    if map.post > 1, map.post < Self.shortRun {
      scaleShortRuns(source, into: &target, from: first, map, &outcome)
      return outcome
    }
    map.forEachRun(in: source.count, from: first) { run in
      var start = run.range.lowerBound
      var channel = run.channel
      while start < run.range.upperBound {
        let block = start..<min(start + Self.blockSize, run.range.upperBound)
        var part = target._mutatingExtracting(block)
        let isDone =
          if run.isAscending {
            Element.scaleQuickly(
              source.extracting(block), into: &part, lows: lowFactors.span.extracting(channel..<channel + block.count),
              highs: highFactors.span.extracting(channel..<channel + block.count))
          } else {
            Element.scaleQuickly(
              source.extracting(block), into: &part, low: lowFactors[channel], high: highFactors[channel])
          }
        if !isDone { scaleSlowly(source, into: &target, block, from: first, map, &outcome) }
        start = block.upperBound
        if run.isAscending { channel += block.count }
      }
    }
    return outcome
  }

  /// Scales a chunk whose channels change every few elements.
  @inline(__always)
  private func scaleShortRuns<Element: StoredElement>(
    _ source: Span<Element>, into target: inout MutableSpan<Element>, from first: Int, _ map: ChannelMap,
    _ outcome: inout ChunkOutcome
  ) {
    var lows = Array(repeating: 0.0, count: Self.blockSize)
    var highs = lows
    var start = 0
    while start < source.count {
      let block = start..<min(start + Self.blockSize, source.count)
      map.forEachRun(in: block.count, from: first + start) { run in
        for index in run.range {
          lows[index] = lowFactors[run.channel]
          highs[index] = highFactors[run.channel]
        }
      }
      var part = target._mutatingExtracting(block)
      let isDone = Element.scaleQuickly(
        source.extracting(block), into: &part, lows: lows.span.extracting(first: block.count),
        highs: highs.span.extracting(first: block.count))
      if !isDone { scaleSlowly(source, into: &target, block, from: first, map, &outcome) }
      start = block.upperBound
    }
  }

  /// Scales a block in which some element needs more than a double.
  @inline(never)
  private func scaleSlowly<Element: StoredElement>(
    _ source: Span<Element>, into target: inout MutableSpan<Element>, _ block: Range<Int>, from first: Int,
    _ map: ChannelMap, _ outcome: inout ChunkOutcome
  ) {
    for index in block {
      let channel = map.channel(ofElement: first + index)
      let one = index..<index + 1
      var part = target._mutatingExtracting(one)
      let isDone = Element.scaleQuickly(
        source.extracting(one), into: &part, low: lowFactors[channel], high: highFactors[channel])
      if isDone { continue }
      let stored = source[index].widened
      let folded = weight(stored, channel: channel)
      outcome.note(stored, became: folded)
      target[index] = Element(representing: folded)
    }
  }
}
