import Tensors
import Testing

@testable import BatchNormFolding

@Suite struct ChannelMagnitudesTests {
  @Test(arguments: WeightLayout.all)
  func `finds the largest magnitude of each channel in any pieces`(layout: WeightLayout) throws {
    let map = try #require(layout.map)
    var generator = SeededGenerator(seed: 1)
    let weights = (0..<map.elementCount).map { _ in Float(generator.single(exponents: -3...3)) }
    var expected = Array(repeating: 0.0, count: map.channels)
    for (weight, channel) in zip(weights, layout.channels) {
      expected[channel] = max(expected[channel], Double(abs(weight)))
    }
    var magnitudes = ChannelMagnitudes(channels: map.channels)
    var first = 0
    while first < weights.count {
      let end = min(first + Int.random(in: 1...9, using: &generator), weights.count)
      magnitudes.observe(Array(weights[first..<end]).span, from: first, map: map)
      first = end
    }
    #expect((0..<map.channels).map { magnitudes[$0] } == expected)
    #expect(!magnitudes.hasNonFinite)
  }

  @Test func `is 0 for a channel that was not seen`() {
    #expect(ChannelMagnitudes(channels: 3)[2] == 0)
  }

  @Test(arguments: [Float16.infinity, -.infinity, .nan])
  func `notes that an element is not finite and looks past it`(element: Float16) {
    var magnitudes = ChannelMagnitudes(channels: 1)
    magnitudes.observe([2, element, -3].span, from: 0, map: .rows(channels: 1, each: 3))
    #expect(magnitudes.hasNonFinite)
    #expect(magnitudes[0] == 3)
  }
}
