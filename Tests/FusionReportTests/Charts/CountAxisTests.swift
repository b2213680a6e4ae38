import Testing

@testable import FusionReport

@Suite struct CountAxisTests {
  @Test func `numbers are spread over the width`() {
    let axis = CountAxis(1...5, left: 100, right: 520, padding: 10)
    #expect([1, 3, 5].map(axis.x) == [110, 310, 510])
    #expect(axis.step == 100)
  }

  @Test func `a single number is in the middle`() {
    let axis = CountAxis(7...7, left: 100, right: 500)
    #expect(axis.x(7) == 300 && axis.ticks(spacing: 56) == [7])
  }

  @Test(arguments: [
    (1...5, [1, 2, 3, 4, 5]), (1...50, [5, 10, 15, 20, 25, 30, 35, 40, 45, 50]),
    (1...500, [1, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500]),
    (0...1999, [0, 200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800]),
  ])
  func `ticks are round and apart`(range: ClosedRange<Int>, ticks: [Int]) {
    #expect(CountAxis(range, left: 0, right: 600).ticks(spacing: 56) == ticks)
  }

  @Test(arguments: [2, 3, 7, 99, 500, 20_000, 1_000_000_000])
  func `ticks are within the axis`(count: Int) {
    let axis = CountAxis(1...count, left: 58, right: 350)
    let places = axis.ticks(spacing: 44).map(axis.x)
    #expect(!places.isEmpty && places.allSatisfy { (58...350).contains($0) })
    #expect(zip(places, places.dropFirst()).allSatisfy { $1 - $0 >= 44 })
  }
}
