import Tensors

extension FoldArithmetic {
  /// Scales one chunk of a weight, each element correctly rounded.
  ///
  /// - Parameters:
  ///   - source: Row-major elements.
  ///   - target: As many elements, which become the scaled ones.
  ///   - first: The index of the chunk's first element in the whole weight.
  ///   - map: The output channels of the weight's elements.
  /// - Precondition: The chunk is within the weight, and the element type is the storage type;
  ///   the elements of a parallel map are of their output channels.
  /// - Complexity: O(elements).
  package func scale<Element: StoredElement>(
    _ source: Span<Element>, into target: inout MutableSpan<Element>, from first: Int, map: ChannelMap
  ) -> ChunkOutcome {
    precondition(Element.storage == storage, "the elements must be of the storage type")
    precondition(source.count == target.count, "a fold must keep the number of elements")
    precondition(map.channels == affine.channels, "the weight must have the affine map's channels")
    var outcome = Element.scale(source, into: &target, from: first, map: map, by: self)
    if let parallelScales { add(parallelScales, source, into: &target, from: first, map, &outcome) }
    return outcome
  }

  /// `scale` for one type, without what a parallel map adds.
  @inline(__always)
  func scaleElements<Element: FastScalable>(
    _ source: Span<Element>, into target: inout MutableSpan<Element>, from first: Int, map: ChannelMap
  ) -> ChunkOutcome {
    switch sides {
    case .output:
      return ChunkScaler(self, map, output).scale(source, into: &target, from: first)
    case .input(let input, let table):
      precondition(input.inputMap.elementCount == map.elementCount, "both channel maps must be of the weight")
      return ChunkScaler(self, input.inputMap, table, isInput: true).scale(source, into: &target, from: first)
    case .both(let input, let table):
      return PairScaler(self, map, input.inputMap, table).scale(source, into: &target, from: first)
    }
  }

  /// Works out the elements that a parallel map adds to, one by one.
  private func add<Element: StoredElement>(
    _ parallel: ParallelScales, _ source: Span<Element>, into target: inout MutableSpan<Element>, from first: Int,
    _ map: ChannelMap, _ outcome: inout ChunkOutcome
  ) {
    let places = parallel.places(in: first..<first + source.count)
    guard !places.isEmpty else { return }
    var careful = CarefulScaler(self)
    for place in places {
      let index = place.element - first
      let (stored, product) = (source[index].widened, target[index].widened)
      precondition(map.channel(ofElement: place.element) == place.channel, "a parallel element must be of its channel")
      let folded = careful.weight(
        stored, self.place(ofElement: place.element, place.channel), plus: parallel, of: place.channel)
      outcome.retract(stored, became: product)
      outcome.note(stored, became: folded)
      target[index] = Element(representing: folded)
    }
  }

  /// The place of an element of an output channel.
  func place(ofElement element: Int, _ channel: Int) -> WeightPlace {
    let inputChannel = inputScales == nil ? nil : input?.inputMap.channel(ofElement: element)
    return place(channel: channel, inputChannel: inputChannel)
  }
}
