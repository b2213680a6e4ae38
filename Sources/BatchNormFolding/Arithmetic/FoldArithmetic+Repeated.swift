import Tensors

extension FoldArithmetic {
  /// Elements of a weight of equal elements that become the same.
  package struct RepeatedPart: Sendable {
    package let channel: Int

    /// nil without a map in front.
    package let inputChannel: Int?

    /// Whether a parallel map's scale is added.
    package let isParallel: Bool

    package let count: Int

    /// What the elements become.
    package let value: Double
  }

  /// What one repeated weight element becomes in each channel.
  ///
  /// - Precondition: There is no map in front of the operator or beside it.
  /// - Complexity: O(channels).
  package func splat(_ stored: Double) -> [Double] {
    precondition(input == nil && parallel == nil, "channels must be of one value")
    var careful = CarefulScaler(self)
    return output.scales.indices.map { careful.weight(stored, WeightPlace(channel: $0, inputChannel: nil)) }
  }

  /// Calls `body` with what a weight of equal elements becomes, part by part, until it returns false.
  ///
  /// - Complexity: O(pairs of channels).
  package func forEachPart(ofRepeated stored: Double, map: ChannelMap, _ body: (RepeatedPart) -> Bool) {
    precondition(map.channels == affine.channels, "the weight must have the affine map's channels")
    let joint = input.map { map.joined(with: $0.inputMap) } ?? map.joined(with: map)
    guard joint.elementCount > 0 else { return }
    var careful = CarefulScaler(self)
    let places = parallelScales?.places ?? []
    let parallelCounts = counts(of: places, joint)
    for index in 0..<joint.channels {
      let first = index * joint.post
      let count = joint.elementCount / joint.channels - (parallelCounts.isEmpty ? 0 : parallelCounts[index])
      guard count > 0 else { continue }
      let channel = map.channel(ofElement: first)
      let value = careful.weight(stored, place(ofElement: first, channel))
      let part = RepeatedPart(
        channel: channel, inputChannel: input?.inputMap.channel(ofElement: first), isParallel: false, count: count,
        value: value)
      guard body(part) else { return }
    }
    guard let parallelScales else { return }
    for place in places {
      let value = careful.weight(
        stored, self.place(ofElement: place.element, place.channel), plus: parallelScales, of: place.channel)
      let part = RepeatedPart(
        channel: place.channel, inputChannel: input?.inputMap.channel(ofElement: place.element), isParallel: true,
        count: 1, value: value)
      guard body(part) else { return }
    }
  }

  /// How many elements that a parallel map adds to belong to each channel.
  private func counts(of places: [ParallelScales.Place], _ joint: ChannelMap) -> [Int] {
    guard !places.isEmpty else { return [] }
    var counts = Array(repeating: 0, count: joint.channels)
    for place in places { counts[joint.channel(ofElement: place.element)] += 1 }
    return counts
  }
}
