import Testing

@testable import FusionReport

@Suite struct LogAxisTests {
  @Test func `a tenfold is as far anywhere`() {
    let axis = LogAxis([1e-9, 1e-5], top: 0, bottom: 400)
    #expect(abs(axis.y(1e-9) - 400) < 1e-9 && abs(axis.y(1e-5)) < 1e-9)
    #expect(abs(axis.y(1e-8) - 300) < 1e-9 && abs(axis.y(1e-6) - 100) < 1e-9)
    #expect(axis.ticks.map(\.label) == ["10⁻⁹", "10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵"])
  }

  @Test func `numbers of about the same size have finer ticks`() {
    #expect(LogAxis([0.8, 3], top: 0, bottom: 300).ticks.map(\.label) == ["0.5", "1", "2", "5"])
    #expect(LogAxis([1], top: 0, bottom: 300).ticks.map(\.label) == ["0.5", "1", "2"])
    #expect(LogAxis([3e-8], top: 0, bottom: 300).ticks.map(\.label) == ["2·10⁻⁸", "5·10⁻⁸"])
  }

  @Test func `zeros and infinities have lanes of their own`() {
    let axis = LogAxis([0, 1e-8, .infinity, .nan], top: 0, bottom: 300)
    #expect(axis.hasZeros && axis.hasInfinities)
    #expect(axis.ticks.first?.label == "0" && axis.ticks.last?.label == "∞")
    #expect(axis.y(0) > axis.y(1e-300) && axis.y(.infinity) < axis.y(1e300))
    #expect((0...300).contains(axis.y(0)) && (0...300).contains(axis.y(.infinity)) && (0...300).contains(axis.y(.nan)))
  }

  @Test(arguments: [
    [], [0], [0, 0], [.infinity], [Double.leastNonzeroMagnitude, 1.7e308], [1.7e308], [Double.leastNonzeroMagnitude],
    [-1],
  ])
  func `every set of numbers has an axis whose labels are apart`(values: [Double]) {
    let axis = LogAxis(values, top: 40, bottom: 300)
    let places = axis.ticks.map(\.y)
    #expect(places.count >= 2 && places.allSatisfy { (40...300).contains($0) })
    #expect(zip(places, places.dropFirst()).allSatisfy { $0 - $1 >= 12 })
    #expect(values.allSatisfy { (40...300).contains(axis.y($0)) })
  }

  @Test func `labels do not crowd however far the numbers reach`() {
    for exponent in 1...300 {
      let axis = LogAxis([Logarithm.power(-exponent), Logarithm.power(exponent)], top: 0, bottom: 260)
      #expect(axis.ticks.count <= 10, "10 to the power of \(exponent)")
    }
  }
}
