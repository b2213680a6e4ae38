/// What the shifts in front of an operator add to its biases, as `FoldError` works it out: in pairs of doubles, with a
/// bound from the number and size of the terms.
struct ShiftError: Sendable {
  private let input: InputFold

  /// Per input channel.
  private let shifts: [ChannelShift]

  /// Per output channel: the sum, that of the terms' magnitudes, and the number of roundings.
  private var sums: [DoubleDouble]
  private var sizes: [Double]
  private var counts: [Int]

  /// - Returns: nil where all shifts are 0.
  init?(_ input: InputFold) {
    let shifts = (0..<input.affine.channels).map { ChannelShift(input.affine, channel: $0) }
    guard !shifts.allSatisfy(\.isZero) else { return nil }
    self.input = input
    self.shifts = shifts
    let channels = input.outputMap.channels
    sums = Array(repeating: DoubleDouble(0), count: channels)
    sizes = Array(repeating: 0, count: channels)
    counts = Array(repeating: 0, count: channels)
  }

  /// The sum of one output channel, without the operator's factor.
  subscript(channel: Int) -> Estimate {
    let roundings = Double(4 * counts[channel] + 16) * 0x1p-106
    return Estimate(sums[channel], within: sizes[channel] * (roundings + 0x1p-95))
  }

  /// Adds equal elements of one pair of channels.
  ///
  /// - Precondition: They are of all taps.
  mutating func add(_ element: Double, count: Int, _ channel: Int, _ inputChannel: Int) {
    let count = input.seenCount(of: count)
    add(DoubleDouble(element) * Double(count), size: element.magnitude * Double(count), count: 1, channel, inputChannel)
  }

  @inline(__always)
  mutating func observe<Element: StoredElement>(_ chunk: Span<Element>, from first: Int) {
    input.outputMap.forEachPairRun(with: input.inputMap, in: chunk.count, from: first) { run in
      if run.isUniform {
        var (total, size) = (DoubleDouble(0), 0.0)
        for index in run.range {
          total = total + chunk[index].widened
          size += chunk[index].widened.magnitude
        }
        add(total, size: size, count: run.range.count, run.channel, run.otherChannel)
      } else {
        var (channel, inputChannel) = (run.channel, run.otherChannel)
        for index in run.range {
          let element = chunk[index].widened
          add(DoubleDouble(element), size: element.magnitude, count: 1, channel, inputChannel)
          channel += run.isAscending ? 1 : 0
          inputChannel += run.otherIsAscending ? 1 : 0
        }
      }
    }
  }

  private mutating func add(_ total: DoubleDouble, size: Double, count: Int, _ channel: Int, _ inputChannel: Int) {
    let shift = shifts[inputChannel]
    guard !shift.isZero else { return }
    sums[channel] = sums[channel] + total * shift.value
    // A shift that is known badly widens the bound by more than the common part.
    sizes[channel] += size * shift.value.hi.magnitude * (1 + shift.error * 0x1p95)
    counts[channel] += count + 2
  }
}
