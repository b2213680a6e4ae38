/// Finds out whether a constant has one value in each channel.
struct ChannelValueVisitor: ElementVisitor {
  private let map: ChannelMap

  /// The value of each channel that was seen, in order; nil once two elements of a channel differ in their bits.
  private(set) var values: [Double]? = []

  /// - Precondition: The channels come in their order, each in one group.
  init(map: ChannelMap) {
    precondition(map.groups == 1 && map.mid == 1, "channels must begin in their order")
    self.map = map
  }

  mutating func observe<Element: StoredElement>(_ chunk: Span<Element>, from first: Int) {
    guard var known = values else { return }
    values = nil
    var isEven = true
    map.forEachRun(in: chunk.count, from: first) { run in
      guard isEven else { return }
      for index in run.range {
        let channel = run.isAscending ? run.channel + (index - run.range.lowerBound) : run.channel
        let value = chunk[index].widened
        if channel == known.count {
          known.append(value)
        } else if known[channel].bitPattern != value.bitPattern {
          isEven = false
          return
        }
      }
    }
    if isEven { values = known }
  }
}
