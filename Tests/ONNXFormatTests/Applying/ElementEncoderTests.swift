import BatchNormFolding
import Testing

@testable import ONNXFormat

@Suite struct ElementEncoderTests {
  private let encoder = ElementEncoder()

  @Test(
    arguments: [
      ([3], 4, [0x03]), ([3, 5], 4, [0x53]), ([3, -1, 5], 4, [0xF3, 0x05]), ([1, 2, 3], 2, [0x39]),
      ([1, 2, 3, -1, -2], 2, [0xF9, 0x02]), ([0x3F, 0x01, 0x20, 0x15], 6, [0x7F, 0x00, 0x56]), ([1], 6, [0x01]),
      ([], 4, []),
    ] as [([Int], Int, [UInt8])])
  func `elements of less than a byte are packed, the first in the lowest bits`(
    integers: [Int], bitWidth: Int, bytes: [UInt8]
  ) {
    #expect(encoder.integers(integers, bitWidth) == bytes)
  }

  @Test(
    arguments: [
      ([-1, 2], 8, [0xFF, 0x02]), ([0x1234, -2], 16, [0x34, 0x12, 0xFE, 0xFF]),
      ([0x1234_5678], 32, [0x78, 0x56, 0x34, 0x12]), ([Int(Int32.min)], 32, [0, 0, 0, 0x80]),
    ] as [([Int], Int, [UInt8])])
  func `wider elements are little-endian`(integers: [Int], bitWidth: Int, bytes: [UInt8]) {
    #expect(encoder.integers(integers, bitWidth) == bytes)
  }

  @Test func `numbers are stored in their type`() {
    #expect(encoder.numbers([1, -2], .float16) == [0x00, 0x3C, 0x00, 0xC0])
    #expect(encoder.numbers([1], .bfloat16) == [0x80, 0x3F])
    #expect(encoder.numbers([1], .float64) == [0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
  }
}
