// Loops are written so that they become vector code.
extension FoldError {
  /// The elements that are measured at a time.
  private static var blockLength: Int { 256 }

  @inline(__always)
  mutating func observeElements<Element: StoredElement>(
    original: Span<Element>, folded: Span<Element>, from first: Int, map: ChannelMap
  ) {
    addShifts(original, from: first)
    var scratch = Scratch(length: Self.blockLength, hasSplits: inputScales != nil)
    // The elements that a parallel map adds to are compared by themselves.
    var start = 0
    let places = parallel?.places(in: first..<first + original.count) ?? []
    for place in places {
      let index = place.element - first
      observe(original, folded, start..<index, first, map, &scratch)
      let inputChannel = inputScales == nil ? nil : arithmetic.input?.inputMap.channel(ofElement: place.element)
      compare(
        original[index].widened, folded[index].widened,
        ErrorPlace(channel: place.channel, inputChannel: inputChannel, isParallel: true), 1)
      start = index + 1
    }
    observe(original, folded, start..<original.count, first, map, &scratch)
  }

  /// Compares a part of a chunk that no parallel map adds to.
  ///
  /// - Parameter first: The index of the chunk's first element in the weight.
  @inline(__always)
  private mutating func observe<Element: StoredElement>(
    _ original: Span<Element>, _ folded: Span<Element>, _ part: Range<Int>, _ first: Int, _ map: ChannelMap,
    _ scratch: inout Scratch
  ) {
    guard !part.isEmpty else { return }
    let (outer, outerFirst) = (part.lowerBound, first + part.lowerBound)
    var inputCursor = inputScales == nil ? nil : arithmetic.input?.inputMap.cursor(at: outerFirst)
    map.forEachRun(in: part.count, from: outerFirst) { run in
      var start = run.range.lowerBound
      while start < run.range.upperBound {
        let range = start..<min(start + Self.blockLength, run.range.upperBound)
        let channel = run.isAscending ? run.channel + (start - run.range.lowerBound) : run.channel
        let inChunk = outer + range.lowerBound..<outer + range.upperBound
        let (before, after) = (original.extracting(inChunk), folded.extracting(inChunk))
        let isMeasured =
          inputCursor == nil
          ? measure(before, after, channel, isAscending: run.isAscending, &scratch)
          : measurePairs(before, after, channel, isAscending: run.isAscending, &inputCursor, &scratch)
        if isMeasured {
          add(scratch.errors.span.extracting(first: range.count), channel, isAscending: run.isAscending)
          for index in 0..<range.count where scratch.ulps[index] > maxWeightUlp { maxWeightUlp = scratch.ulps[index] }
        } else {
          observeCarefully(before, after, outerFirst + range.lowerBound, channel, isAscending: run.isAscending)
        }
        start = range.upperBound
      }
    }
  }

  /// Works out the distances of one run's elements, and counts those that become subnormal.
  ///
  /// - Returns: Whether it could; elements or scales of unusual size take more.
  @inline(__always)
  private mutating func measure<Element: StoredElement>(
    _ original: Span<Element>, _ folded: Span<Element>, _ channel: Int, isAscending: Bool, _ scratch: inout Scratch
  ) -> Bool {
    let splits = splits
    let run =
      isAscending ? splits.span.extracting(channel..<channel + original.count) : splits.span.extracting(first: 0)
    let subnormals = Self.measure(
      original, folded, run, isAscending ? nil : splits[channel], &scratch.errors, &scratch.ulps)
    newSubnormals += subnormals ?? 0
    return subnormals != nil
  }

  /// The same where elements are multiplied by the scales of two sides.
  @inline(__always)
  private mutating func measurePairs<Element: StoredElement>(
    _ original: Span<Element>, _ folded: Span<Element>, _ channel: Int, isAscending: Bool,
    _ inputCursor: inout ChannelMap.Cursor?, _ scratch: inout Scratch
  ) -> Bool {
    guard let inputScales, var cursor = inputCursor else { return false }
    var (position, channel) = (0, channel)
    while position < original.count {
      let end = min(position + (isAscending || cursor.isAscending ? 1 : cursor.remaining), original.count)
      let split = scales[channel].joined(with: inputScales[cursor.channel]).split
      for index in position..<end { scratch.splits[index] = split }
      cursor.advance(by: end - position)
      channel += isAscending ? 1 : 0
      position = end
    }
    inputCursor = cursor
    let pairs = scratch.splits
    let subnormals = Self.measure(
      original, folded, pairs.span.extracting(first: original.count), nil, &scratch.errors, &scratch.ulps)
    newSubnormals += subnormals ?? 0
    return subnormals != nil
  }

  /// Works out distances.
  ///
  /// - Parameters:
  ///   - run: The scale of each element.
  ///   - common: The scale of all of them instead.
  /// - Returns: How many become subnormal, nil where elements or scales of unusual size take more.
  @inline(__always)
  private static func measure<Element: StoredElement>(
    _ original: Span<Element>, _ folded: Span<Element>, _ run: Span<SplitScale>, _ common: SplitScale?,
    _ errorArray: inout [Double], _ ulpArray: inout [Double]
  ) -> Int? {
    var (oddities, subnormals): (UInt64, UInt64) = (0, 0)
    var errors = errorArray.mutableSpan
    var ulps = ulpArray.mutableSpan
    precondition(
      original.count == folded.count && original.count <= errors.count && errors.count == ulps.count,
      "a run must have both its chunks and its places")
    if let common {
      for index in original.indices {
        let distance = Self.distance(original[index], folded[index], common, &oddities, &subnormals)
        errors[index] = distance.error
        ulps[index] = distance.ulps
      }
    } else {
      precondition(run.count == original.count, "a run must have a scale for each element")
      for index in original.indices {
        let distance = Self.distance(original[index], folded[index], run[index], &oddities, &subnormals)
        errors[index] = distance.error
        ulps[index] = distance.ulps
      }
    }
    return oddities == 0 ? Int(subnormals) : nil
  }

  @inline(__always)
  private static func distance<Element: StoredElement>(
    _ original: Element, _ folded: Element, _ scale: SplitScale, _ oddities: inout UInt64,
    _ subnormals: inout UInt64
  ) -> Distance {
    let stored = original.widened
    let (product, tail) = scale.product(stored)
    let changed = folded.widened
    let error = ((changed - product) - tail).magnitude
    let power = Double(bitPattern: product.bitPattern & Double.infinity.bitPattern)
    let least = Element.storage.leastNormal
    let ulps = error / (power > least ? power : least) * Element.storage.unitsOfPower
    // 0 for a number, NaN for what is none; and what is so small may have lost parts that underflow.
    oddities |= (error - error).bitPattern
    oddities |= stored.magnitude < 0x1p-400 ? stored.bitPattern << 1 : 0
    let isNew = changed.magnitude < least && stored.magnitude >= least && product != 0
    subnormals &+= isNew ? 1 : 0
    return (error, ulps)
  }

  /// Compares elements one by one.
  ///
  /// - Parameter first: The index of the first element in the weight.
  @inline(never)
  private mutating func observeCarefully<Element: StoredElement>(
    _ original: Span<Element>, _ folded: Span<Element>, _ first: Int, _ channel: Int, isAscending: Bool
  ) {
    let inputMap = inputScales == nil ? nil : arithmetic.input?.inputMap
    for index in original.indices {
      let place = ErrorPlace(
        channel: isAscending ? channel + index : channel,
        inputChannel: inputMap?.channel(ofElement: first + index), isParallel: false)
      compare(original[index].widened, folded[index].widened, place, 1)
    }
  }

  private mutating func add(_ errors: Span<Double>, _ channel: Int, isAscending: Bool) {
    if isAscending {
      for index in errors.indices { weightErrors[channel + index] += errors[index] }
    } else {
      var sum = 0.0
      for index in errors.indices { sum += errors[index] }
      weightErrors[channel] += sum
    }
  }
}

/// The places of a block's distances, and of its elements' scales.
private struct Scratch {
  var errors: [Double]
  var ulps: [Double]
  var splits: [SplitScale]

  init(length: Int, hasSplits: Bool) {
    errors = Array(repeating: 0, count: length)
    ulps = errors
    splits = hasSplits ? Array(repeating: SplitScale(DoubleDouble(1), error: 0), count: length) : []
  }
}

extension StorageType {
  /// The last places that a power of two has.
  fileprivate var unitsOfPower: Double { Double(UInt64(1) << UInt64(significandBits - 1)) }
}
