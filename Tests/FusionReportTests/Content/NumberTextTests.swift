import Testing

@testable import FusionReport

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0, "0"), (-0.0, "0"), (1, "1.00"), (0.5, "0.500"), (-0.5, "−0.500"), (12.345, "12.3"), (123.45, "123"),
    (1234.5, "1,230"), (999.6, "1,000"), (0.9996, "1.00"), (99_999, "100,000"), (999_499, "999,000"),
    (999_999, "1.00·10⁶"), (0.0001, "0.000100"), (0.00009999, "0.000100"), (0.000099, "9.90·10⁻⁵"),
    (1.2345e-7, "1.23·10⁻⁷"), (1e-7, "1.00·10⁻⁷"), (9.996e22, "1.00·10²³"),
    (Double.leastNonzeroMagnitude, "5.00·10⁻³²⁴"),
    (1.7e308, "1.70·10³⁰⁸"), (.infinity, "∞"), (-.infinity, "−∞"), (.nan, "NaN"), (.greatestFiniteMagnitude, "∞"),
  ])
  func `a number has three digits`(value: Double, text: String) {
    #expect(NumberText.number(value) == text)
  }

  @Test(arguments: [
    (0.5, "0.5"), (1e-7, "10⁻⁷"), (2e-7, "2·10⁻⁷"), (1000, "1,000"), (1e6, "10⁶"), (0.25, "0.25"), (0, "0"),
    (0.125, "0.125"),
  ])
  func `a short number has no zeros at its end`(value: Double, text: String) {
    #expect(NumberText.short(value) == text)
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "−1,234,567"), (.min, "−9,223,372,036,854,775,808"),
  ])
  func `a count is in groups of three digits`(value: Int, text: String) {
    #expect(NumberText.count(value) == text)
  }

  @Test(arguments: [
    (0, "0 %"), (0.0837, "8.37 %"), (1, "100 %"), (9.99, "999 %"), (1150.4, "1,150 times"), (.infinity, "∞"),
  ])
  func `a share is in percent unless it is many times the whole`(value: Double, text: String) {
    #expect(NumberText.share(value) == text)
  }

  @Test func `one is told from several`() {
    #expect(NumberText.counted(1, "fold", "folds") == "1 fold")
    #expect(NumberText.counted(0, "fold", "folds") == "0 folds")
    #expect(NumberText.counted(1200, "fold", "folds") == "1,200 folds")
  }
}
