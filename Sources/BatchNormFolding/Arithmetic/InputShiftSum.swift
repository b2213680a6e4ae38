import Tensors

/// What the shifts in front of a linear operator add to each output channel's bias: the sum over the channel's weight
/// elements of the element times the shift of its input channel, times the operator's own factor; of taps that give the
/// same only the first counts.
///
/// Sums are kept in two doubles, to which products and sums of doubles are added without error (Ogita, Rump and Oishi,
/// "Accurate sum and dot product", SIAM J. Sci. Comput. 26(6), 2005). What the second double cannot take is
/// counted as error, so that a sum that fits is known to be exact.
package struct InputShiftSum: Sendable {
  let input: InputFold
  private let weightFactor: Double

  /// Per input channel.
  private let shifts: [SplitScale]
  private let isNothing: [Bool]

  /// Per output channel.
  private var sums: [CompensatedSum]

  /// Whether all shifts are 0, so that no weight has to be looked at.
  package let isZero: Bool

  /// - Complexity: O(steps × channels).
  package init(_ input: InputFold, weightFactor: Double) {
    let shifts = (0..<input.affine.channels).map { ChannelShift(input.affine, channel: $0) }
    self.input = input
    self.weightFactor = weightFactor
    self.shifts = shifts.map { SplitScale($0.value, error: $0.error) }
    isNothing = shifts.map(\.isZero)
    isZero = shifts.allSatisfy(\.isZero)
    sums = Array(repeating: CompensatedSum(), count: input.outputMap.channels)
  }

  /// Adds a chunk of the stored weight.
  ///
  /// - Precondition: The chunk is within the weight.
  /// - Complexity: O(elements); O(1) if all shifts are 0.
  package mutating func observe<Element: StoredElement>(_ chunk: Span<Element>, from first: Int) {
    input.outputMap.checkChunk(of: chunk.count, from: first)
    guard !isZero else { return }
    input.forEachSeen(chunk, from: first) { Element.observe($0, from: $1, in: &self) }
  }

  /// Adds all of a weight of equal elements.
  ///
  /// - Complexity: O(pairs of channels).
  package mutating func observe(repeated element: Double) {
    guard !isZero else { return }
    let joint = input.outputMap.joined(with: input.inputMap)
    let count = joint.channels == 0 ? 0 : input.seenCount(of: joint.elementCount / joint.channels)
    guard count > 0 else { return }
    for index in 0..<joint.channels {
      let first = index * joint.post
      var total = CompensatedSum()
      total.add(product: element, Double(count))
      add(total, input.outputMap.channel(ofElement: first), input.inputMap.channel(ofElement: first))
    }
  }

  /// The sum of one output channel so far; NaN where an element or a shift is no number, or the sum no double.
  package subscript(channel: Int) -> Estimate { sums[channel].estimate(times: weightFactor) }

  @inline(__always)
  mutating func observeElements<Element: StoredElement>(_ chunk: Span<Element>, from first: Int) {
    input.outputMap.forEachPairRun(with: input.inputMap, in: chunk.count, from: first) { run in
      if run.isUniform {
        guard !isNothing[run.otherChannel] else { return }
        var total = CompensatedSum()
        for index in run.range { total.add(chunk[index].widened) }
        add(total, run.channel, run.otherChannel)
      } else {
        var (channel, inputChannel) = (run.channel, run.otherChannel)
        for index in run.range {
          add(chunk[index].widened, channel, inputChannel)
          channel += run.isAscending ? 1 : 0
          inputChannel += run.otherIsAscending ? 1 : 0
        }
      }
    }
  }

  private mutating func add(_ element: Double, _ channel: Int, _ inputChannel: Int) {
    if !isNothing[inputChannel] { sums[channel].add(product: element, shifts[inputChannel]) }
  }

  /// Adds elements of one pair of channels, given their sum.
  private mutating func add(_ total: CompensatedSum, _ channel: Int, _ inputChannel: Int) {
    guard !isNothing[inputChannel] else { return }
    let shift = shifts[inputChannel]
    sums[channel].add(product: total.high, shift)
    if total.low != 0 { sums[channel].add(product: total.low, shift) }
    if total.error != 0 { sums[channel].widen(by: total.error * shift.magnitude) }
  }
}
