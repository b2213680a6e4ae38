import Testing

@testable import BatchNormFolding

@Suite struct StoredElementTests {
  @Test func `every float16 widens to the number it is and comes back`() {
    let all = (0...UInt16.max).map { Float16(bitPattern: $0) }.filter { !$0.isNaN }
    #expect(all.allSatisfy { Float16(representing: $0.widened).bitPattern == $0.bitPattern })
    #expect(Float16.storage == .float16)
  }

  @Test func `every bfloat16 is the float32 with the same upper half and comes back`() {
    let all = (0...UInt16.max).map { BFloat16(bits: $0) }.filter { !$0.widened.isNaN }
    #expect(all.count == 1 << 16 - 2 * 127)
    #expect(all.allSatisfy { $0.widened == Double(Float(bitPattern: UInt32($0.bits) << 16)) })
    #expect(all.allSatisfy { BFloat16(representing: $0.widened) == $0 })
    #expect(BFloat16.storage == .bfloat16)
  }

  @Test(arguments: [0, -0.0, 1.5, -3e38, 1e-45, .infinity] as [Double])
  func `a float32 and a float64 widen to themselves`(value: Double) {
    let single = Float(value)
    #expect(single.widened == Double(single) && Float(representing: single.widened) == single)
    #expect(value.widened == value && Double(representing: value) == value)
    #expect(Float.storage == .float32 && Double.storage == .float64)
  }

  @Test func `a bfloat16 keeps the sign of zero`() {
    #expect(BFloat16(representing: -0.0).bits == 0x8000)
    #expect(BFloat16(bits: 0x8000).widened.sign == .minus)
  }
}
