import Tensors
import Testing

@testable import Equivalence

@Suite struct StoredUnitTests {
  @Test(arguments: [
    (ElementType.float64, 0x1p-52, 0x1p-1074), (.float32, 0x1p-23, 0x1p-149), (.float16, 0x1p-10, 0x1p-24),
    (.bfloat16, 0x1p-7, 0x1p-133),
  ])
  func `a unit is that of the number's binade, and never less than the least number`(
    kind: ElementType, ofOne: Double, least: Double
  ) throws {
    let unit = try #require(StoredUnit(kind))
    #expect(unit.count(ofOne, near: 1) == 1 && unit.count(ofOne, near: 1.99) == 1)
    #expect(unit.count(ofOne, near: -2) == 0.5 && unit.count(3 * ofOne, near: 0.75) == 6)
    #expect(unit.count(least, near: 0) == 1 && unit.count(least, near: least) == 1)
    #expect(unit.count(0, near: 0) == 0)
    #expect(unit.count(.infinity, near: 1) == .infinity && unit.count(1, near: .infinity) == .infinity)
  }

  @Test(arguments: [ElementType.float32, .float16, .bfloat16, .float64])
  func `the fast way counts the same`(kind: ElementType) throws {
    let unit = try #require(StoredUnit(kind))
    for scale in [unit.plainRange.lowerBound, 0.1, -1, 3, 1e5] {
      #expect(unit.plainCount(abs(scale) * 1e-9, near: scale) == unit.count(abs(scale) * 1e-9, near: scale))
    }
  }

  @Test(arguments: [ElementType.int8, .float8e4m3fn, .bool])
  func `other kinds have none`(kind: ElementType) { #expect(StoredUnit(kind) == nil) }
}
