import Testing

@testable import FusionReport

@Suite struct CoordinateTests {
  @Test(arguments: [
    (0, "0"), (1, "1"), (1.25, "1.3"), (-0.04, "0"), (-1.26, "-1.3"), (99.96, "100"), (.nan, "0"), (.infinity, "0"),
  ])
  func `a place is to a tenth`(value: Double, text: String) {
    #expect(value.coordinate == text)
  }
}
