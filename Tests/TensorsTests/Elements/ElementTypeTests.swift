import Tensors
import Testing

@Suite struct ElementTypeTests {
  @Test(
    arguments: [
      (.int64, .min, .max), (.int32, -0x8000_0000, 0x7FFF_FFFF), (.int16, -32768, 32767), (.int8, -128, 127),
      (.int4, -8, 7), (.int2, -2, 1), (.uint64, 0, .max), (.uint32, 0, 0xFFFF_FFFF), (.uint16, 0, 65535),
      (.uint8, 0, 255), (.uint4, 0, 15), (.uint2, 0, 3),
    ] as [(ElementType, Int64, Int64)])
  func `integers have bounds`(kind: ElementType, least: Int64, greatest: Int64) {
    #expect(kind.leastInteger == least && kind.greatestInteger == greatest)
    #expect(kind.isInteger && !kind.isReal && kind.isUnsigned == (least == 0))
  }

  @Test(arguments: [(.float64, 64), (.bfloat16, 16), (.float8e8m0, 8), (.float4e2m1, 4)] as [(ElementType, Int)])
  func `real kinds have a width and are no integers`(kind: ElementType, width: Int) {
    #expect(kind.isReal && !kind.isInteger && !kind.isUnsigned && kind.bitWidth == width)
  }

  @Test func `truth values and text are neither`() {
    #expect(!ElementType.bool.isReal && !ElementType.bool.isInteger && !ElementType.string.isInteger)
  }
}
