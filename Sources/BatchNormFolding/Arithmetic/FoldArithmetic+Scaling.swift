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
    var outcome = ChunkOutcome()
    map.forEachRun(in: chunk.count, from: first) { run in
      if run.isAscending {
        scaleAscending(&chunk, run, &outcome)
      } else {
        scaleUniform(&chunk, run, &outcome)
      }
    }
    return outcome
  }

  private func scaleUniform<Element: StoredElement>(
    _ chunk: inout MutableSpan<Element>, _ run: ChannelMap.Run, _ outcome: inout ChunkOutcome
  ) {
    let scale = scales[run.channel].hi
    let low = scales[run.channel].lo
    for index in run.range {
      let stored = chunk[index]
      if let folded = Element.quickProduct(stored, scale, low) {
        chunk[index] = folded
      } else {
        chunk[index] = careful(stored, run.channel, &outcome)
      }
    }
  }

  private func scaleAscending<Element: StoredElement>(
    _ chunk: inout MutableSpan<Element>, _ run: ChannelMap.Run, _ outcome: inout ChunkOutcome
  ) {
    var channel = run.channel
    for index in run.range {
      let stored = chunk[index]
      if let folded = Element.quickProduct(stored, scales[channel].hi, scales[channel].lo) {
        chunk[index] = folded
      } else {
        chunk[index] = careful(stored, channel, &outcome)
      }
      channel += 1
    }
  }

  /// An element that a double could not decide.
  @inline(never)
  private func careful<Element: StoredElement>(
    _ stored: Element, _ channel: Int, _ outcome: inout ChunkOutcome
  ) -> Element {
    let value = stored.widened
    let folded = weight(value, channel: channel)
    if !value.isFinite {
      outcome.oldNonFinite += 1
    } else if !folded.isFinite {
      outcome.newNonFinite += 1
    } else if abs(folded) < storage.leastNormal, abs(value) >= storage.leastNormal, scales[channel].hi != 0 {
      outcome.newSubnormals += 1
    }
    return Element(representing: folded)
  }
}

extension StoredElement {
  /// The product rounded to this type, nil where a double is too coarse to decide how it rounds.
  ///
  /// The double product is off by less than 4 of its last places, so it decides unless it is that near to the
  /// middle between two numbers of this type, or outside the normal range.
  @inline(__always)
  static func quickProduct(_ stored: Self, _ scale: Double, _ low: Double) -> Self? {
    let value = stored.widened
    let product = value * scale
    let size = abs(product)
    guard size > storage.leastNormal, size < storage.largestFinite else {
      return value == 0 && scale.isFinite ? stored.signed(like: product) : nil
    }
    if storage == .float64 {
      return Self(representing: product + ((-product).addingProduct(value, scale) + value * low))
    }
    let dropped = UInt64(53 - storage.significandBits)
    let half = UInt64(1) << (dropped - 1)
    let distance = (product.bitPattern &- (half - 4)) & (half << 1 - 1)
    guard distance > 8 else { return nil }
    // Half is added below, which carries into what is kept where the dropped part is above the middle.
    let rounded = (product.bitPattern &+ half) & ~(half << 1 - 1)
    return Self(representing: Double(bitPattern: rounded))
  }

  @inline(__always)
  private func signed(like product: Double) -> Self {
    Self(representing: product.sign == .minus ? -0.0 : 0.0)
  }
}
