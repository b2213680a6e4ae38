extension FoldArithmetic {
  /// Scales one chunk of a weight in place, each element correctly rounded (float64: within 1 ulp).
  ///
  /// - Parameters:
  ///   - chunk: Row-major elements.
  ///   - first: The index of the chunk's first element in the whole weight.
  ///   - map: The channels of the weight's elements.
  /// - Precondition: The chunk is within the weight, and the element type is the storage type.
  /// - Complexity: O(elements).
  package func scale<Element: StoredElement>(
    _ chunk: inout MutableSpan<Element>, from first: Int, map: ChannelMap
  ) -> ChunkOutcome {
    precondition(Element.storage == storage, "the elements must be of the storage type")
    return Element.scale(&chunk, from: first, map: map, by: self)
  }

  @inline(__always)
  func scaleElements<Element: StoredElement>(
    _ chunk: inout MutableSpan<Element>, from first: Int, map: ChannelMap
  ) -> ChunkOutcome {
    var outcome = ChunkOutcome()
    let factors = scales.map(\.hi)
    map.forEachRun(in: chunk.count, from: first) { run in
      let step = run.isAscending ? 1 : 0
      var index = run.range.lowerBound
      var channel = run.channel
      var factor = SIMD8<Double>(repeating: factors[channel])
      while index + 8 <= run.range.upperBound {
        if run.isAscending { for lane in 0..<8 { factor[lane] = factors[channel + lane] } }
        if !scaleBlock(&chunk, index, factor) {
          for lane in 0..<8 { scaleElement(&chunk, index + lane, channel + lane * step, &outcome) }
        }
        index += 8
        channel += 8 * step
      }
      while index < run.range.upperBound {
        scaleElement(&chunk, index, channel, &outcome)
        index += 1
        channel += step
      }
    }
    return outcome
  }

  /// Scales eight elements, if doubles decide how each of them rounds.
  ///
  /// A double product is off by less than 4 units of its last place: half a unit of its own rounding, one of the
  /// factor's low part, and next to nothing of the factor's error. So it decides where products a little smaller
  /// and a little larger round to the same number.
  ///
  /// - Returns: Whether they were scaled; else they are as they were.
  @inline(__always)
  private func scaleBlock<Element: StoredElement>(
    _ chunk: inout MutableSpan<Element>, _ index: Int, _ factor: SIMD8<Double>
  ) -> Bool {
    let products = Element.load(chunk, index) * factor
    let low = Element.rounded(products * (1 - 0x1p-50))
    let high = Element.rounded(products * (1 + 0x1p-50))
    let size = low * low
    let least = Element.storage.leastNormal
    let largest = Element.storage.largestFinite
    let isNormal = (size .>= least * least) .& (size .<= largest * largest)
    guard all((low .== high) .& (isNormal .| (products .== 0))) else { return false }
    Element.store(low, in: &chunk, index)
    return true
  }

  @inline(__always)
  private func scaleElement<Element: StoredElement>(
    _ chunk: inout MutableSpan<Element>, _ index: Int, _ channel: Int, _ outcome: inout ChunkOutcome
  ) {
    let stored = chunk[index].widened
    let product = stored * scales[channel].hi
    let low = product * (1 - 0x1p-50)
    let high = product * (1 + 0x1p-50)
    if Element.storage == .float32, Float(low) == Float(high), abs(product) < 0x1p127, abs(product) > 0x1p-125 {
      chunk[index] = Element(representing: low)
    } else {
      chunk[index] = careful(stored, channel, &outcome)
    }
  }

  /// An element that a double may not decide.
  @inline(never)
  private func careful<Element: StoredElement>(
    _ stored: Double, _ channel: Int, _ outcome: inout ChunkOutcome
  ) -> Element {
    let folded = weight(stored, channel: channel)
    note(stored, folded, channel, in: &outcome)
    return Element(representing: folded)
  }

  /// Takes one element into account that has become another.
  package func note(_ stored: Double, _ folded: Double, _ channel: Int, in outcome: inout ChunkOutcome) {
    if !stored.isFinite {
      outcome.oldNonFinite += 1
    } else if !folded.isFinite {
      outcome.newNonFinite += 1
    } else if abs(folded) < storage.leastNormal, abs(stored) >= storage.leastNormal, scales[channel].hi != 0 {
      outcome.newSubnormals += 1
    }
  }
}
