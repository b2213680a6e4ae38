import Testing

@testable import Equivalence

@Suite struct TwoPartTests {
  @Test func `a sum and a product of doubles are exact`() {
    let sum = TwoPart(1) + TwoPart(0x1p-60)
    #expect(sum.head == 1 && sum.tail == 0x1p-60)
    let product = TwoPart(1 + 0x1p-40) * TwoPart(1 - 0x1p-40)
    #expect(product.head == 1 && product.tail == -0x1p-80)
  }

  @Test(arguments: [3, 7, 10, 49, 1e-20, 1e20] as [Double])
  func `a quotient and a root have twice a double's digits`(number: Double) {
    let third = TwoPart(1) / TwoPart(number)
    let one = third * TwoPart(number)
    #expect(abs((one - TwoPart(1)).head) < 0x1p-100)
    let root = TwoPart(number).squareRoot
    #expect(abs((root * root - TwoPart(number)).head) < number * 0x1p-100)
  }

  @Test func `what overflows is infinite and nothing else`() {
    #expect((TwoPart(0x1p1000) * TwoPart(0x1p1000)).head == .infinity)
    #expect((TwoPart(1) / TwoPart(0)).head == .infinity && TwoPart(0).squareRoot.head == 0)
    #expect((TwoPart(.greatestFiniteMagnitude) + TwoPart(.greatestFiniteMagnitude)).tail == 0)
  }

  @Test func `its three parts sum up to it, and the first two have few digits`() {
    let third = TwoPart(1) / TwoPart(3)
    let (high, low, tail) = third.parts
    #expect(high + low == third.head && tail == third.tail)
    let single = Double(Float(1) / 3)
    #expect((-(high * single)).addingProduct(high, single) == 0 && (-(low * single)).addingProduct(low, single) == 0)
  }
}
