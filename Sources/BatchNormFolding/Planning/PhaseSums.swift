/// What constant input channels give at each phase of a transposed convolution.
///
/// Where every output sees the taps of one phase, a shift before the operator is one behind it only if all phases give
/// the same.
struct PhaseSums: ElementVisitor {
  private let shifts: [DoubleDouble]
  private let phases: [Int]
  private let count: Int
  private let input: ChannelMap
  private let output: ChannelMap

  /// Per output channel and phase.
  private var sums: [DoubleDouble]

  /// - Parameters:
  ///   - shifts: One for each input channel.
  ///   - phases: That of each tap, of which as many elements in a row belong to one pair of channels.
  ///   - count: The number of phases; one without a tap gives 0.
  init(shifts: [DoubleDouble], phases: [Int], count: Int, input: ChannelMap, output: ChannelMap) {
    self.shifts = shifts
    self.phases = phases
    self.count = count
    self.input = input
    self.output = output
    sums = Array(repeating: DoubleDouble(0), count: output.channels * count)
  }

  mutating func observe<Element: StoredElement>(_ chunk: Span<Element>, from first: Int) {
    for index in chunk.indices {
      let element = first + index
      let place = output.channel(ofElement: element) * count + phases[element % phases.count]
      sums[place] = sums[place] + shifts[input.channel(ofElement: element)] * chunk[index].widened
    }
  }

  /// Whether the phases of every channel give exactly the same.
  var areEqual: Bool {
    (0..<output.channels).allSatisfy { channel in
      (0..<count).allSatisfy { sums[channel * count + $0] == sums[channel * count] }
    }
  }
}
