/// Finds the largest elements of a weight's channels.
struct MagnitudeVisitor: ElementVisitor {
  private let map: ChannelMap
  private(set) var magnitudes: ChannelMagnitudes

  init(map: ChannelMap) {
    self.map = map
    magnitudes = ChannelMagnitudes(channels: map.channels)
  }

  mutating func observe<Element: StoredElement>(_ chunk: Span<Element>, from first: Int) {
    magnitudes.observe(chunk, from: first, map: map)
  }
}
