// Loops are written so that they become vector code.
extension FoldError {
  /// The elements that are measured at a time.
  private static var blockLength: Int { 256 }

  @inline(__always)
  mutating func observeElements<Element: StoredElement>(
    original: Span<Element>, folded: Span<Element>, from first: Int, map: ChannelMap
  ) {
    var errors = Array(repeating: 0.0, count: Self.blockLength)
    var ulps = errors
    map.forEachRun(in: original.count, from: first) { run in
      var start = run.range.lowerBound
      while start < run.range.upperBound {
        let range = start..<min(start + Self.blockLength, run.range.upperBound)
        let channel = run.isAscending ? run.channel + (start - run.range.lowerBound) : run.channel
        let (before, after) = (original.extracting(range), folded.extracting(range))
        if measure(before, after, channel, isAscending: run.isAscending, &errors, &ulps) {
          add(errors.span.extracting(first: range.count), channel, isAscending: run.isAscending)
          for index in 0..<range.count where ulps[index] > maxWeightUlp { maxWeightUlp = ulps[index] }
        } else {
          observeCarefully(before, after, channel, isAscending: run.isAscending)
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
    _ original: Span<Element>, _ folded: Span<Element>, _ channel: Int, isAscending: Bool,
    _ errorArray: inout [Double], _ ulpArray: inout [Double]
  ) -> Bool {
    var (oddities, subnormals): (UInt64, UInt64) = (0, 0)
    var errors = errorArray.mutableSpan
    var ulps = ulpArray.mutableSpan
    precondition(
      original.count == folded.count && original.count <= errors.count && errors.count == ulps.count,
      "a run must have both its chunks and its places")
    if isAscending {
      let run = splits.span.extracting(channel..<channel + original.count)
      for index in original.indices {
        let distance = Self.distance(original[index], folded[index], run[index], &oddities, &subnormals)
        errors[index] = distance.error
        ulps[index] = distance.ulps
      }
    } else {
      let split = splits[channel]
      for index in original.indices {
        let distance = Self.distance(original[index], folded[index], split, &oddities, &subnormals)
        errors[index] = distance.error
        ulps[index] = distance.ulps
      }
    }
    guard oddities == 0 else { return false }
    newSubnormals += Int(subnormals)
    return true
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

  @inline(never)
  private mutating func observeCarefully<Element: StoredElement>(
    _ original: Span<Element>, _ folded: Span<Element>, _ channel: Int, isAscending: Bool
  ) {
    for index in original.indices {
      observe(
        weight: original[index].widened, folded: folded[index].widened,
        channel: isAscending ? channel + index : channel, count: 1)
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

extension StorageType {
  /// The last places that a power of two has.
  fileprivate var unitsOfPower: Double { Double(UInt64(1) << UInt64(significandBits - 1)) }
}
