/// The maps in front of a linear operator, and how they reach its weight and its output.
package struct InputSide: Sendable {
  /// Which channel of the activation each element of the weight meets.
  package let layout: WeightLayout
  package let chain: AffineChain
  /// The places of the operator's window; elements of one place are that far apart.
  package let window: Int
  /// The places that meet in one output, for each kind of output that there is; none where some output meets padding
  /// too, so that no shift in front is one behind.
  package let meetings: [[Int]]

  /// - Parameters:
  ///   - chain: Of as many channels as the layout.
  ///   - meetings: Places below `window`.
  package init(layout: WeightLayout, chain: AffineChain, window: Int, meetings: [[Int]]) {
    self.layout = layout
    self.chain = chain
    self.window = window
    self.meetings = meetings
  }

  /// What each channel adds to an activation that is 0.
  var shifts: [TwoPart] { (0..<chain.channels).map { chain.image(of: TwoPart(0), channel: $0).value } }

  /// Whether the maps make something of an activation that is 0.
  var movesZero: Bool { shifts.contains { $0.head != 0 } }

  /// What the shifts come to behind the operator, with the sum of all magnitudes that it is made of.
  ///
  /// - Parameters:
  ///   - weight: The operator's.
  ///   - output: Which channel of the output each element belongs to.
  ///   - factor: Of an element of the weight, by the channels of the output and of the activation.
  /// - Returns: nil where the shifts come to different numbers in one channel.
  /// - Complexity: O(elements).
  func sums(
    of weight: [Double], to output: WeightLayout, factor: (_ output: Int, _ input: Int) -> TwoPart
  ) -> [(sum: TwoPart, magnitude: Double)]? {
    let shifts = shifts
    guard movesZero else {
      return Array(repeating: (TwoPart(0), 0), count: output.channels)
    }
    guard window > 0, !meetings.isEmpty else { return nil }
    var parts = Array(repeating: TwoPart(0), count: output.channels * window)
    var magnitudes = Array(repeating: 0.0, count: output.channels * window)
    output.forEachRun(of: weight.count, with: layout) { range, channel, input in
      let scale = factor(channel, input) * shifts[input]
      for index in range {
        let (term, place) = (TwoPart(weight[index]) * scale, channel * window + index % window)
        parts[place] = parts[place] + term
        magnitudes[place] += term.magnitude
      }
    }
    var result: [(sum: TwoPart, magnitude: Double)] = []
    for channel in 0..<output.channels {
      let start = channel * window
      let largest = magnitudes[start..<(start + window)].reduce(0, +)
      let sums = meetings.map { places in places.reduce(TwoPart(0)) { $0 + parts[start + $1] } }
      // Closer than this the arithmetic cannot tell.
      guard sums.allSatisfy({ !(($0 - sums[0]).magnitude > largest * 0x1p-80) }) else { return nil }
      result.append((sums[0], largest))
    }
    return result
  }
}
