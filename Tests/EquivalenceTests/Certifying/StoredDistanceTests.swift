import Testing

@testable import Equivalence

@Suite struct StoredDistanceTests {
  @Test func `each distance counts in its bin, the edge in the lower one`() {
    var histogram = UlpHistogram()
    for ulps in [0, 0.1, 0.125, 0.3, 0.5, 0.50001, 1, 2, 3.9, 16, 256, 257, .infinity, .nan] { histogram.add(ulps) }
    #expect(histogram.counts == [1, 2, 0, 1, 1, 2, 1, 1, 1, 1, 3])
  }

  @Test func `elements side by side are one run`() {
    var distance = StoredDistance(tensor: "w", type: "float32")
    for ulps in [0.2, 3, 3, 1, 5, .nan] { distance.add(ulps, limit: 1) }
    #expect(distance.named == [StoredDistance.Run(first: 1, count: 2), StoredDistance.Run(first: 4, count: 2)])
    #expect(distance.beyondOne == 4 && distance.beyondLimit == 4 && distance.elements == 6 && distance.maxUlp == nil)
  }

  @Test func `the list of runs ends somewhere, the counts do not`() {
    var distance = StoredDistance(tensor: "w", type: "float32")
    let count = StoredDistance.longestList + 10
    for _ in 0..<count {
      distance.add(2, limit: 1)
      distance.add(0, limit: 1)
    }
    #expect(distance.named.count == StoredDistance.longestList && distance.beyondOne == count)
  }
}
