import Testing

@testable import RecordedData

@Suite struct DataTypeTests {
  /// `TensorProto.DataType`, IR version 14: number, name, bits.
  private static let table: [(Int, String, Int?)] = [
    (0, "undefined", nil), (1, "float32", 32), (2, "uint8", 8), (3, "int8", 8), (4, "uint16", 16), (5, "int16", 16),
    (6, "int32", 32), (7, "int64", 64), (8, "string", nil), (9, "bool", 8), (10, "float16", 16),
    (11, "float64", 64), (12, "uint32", 32), (13, "uint64", 64), (14, "complex64", 64), (15, "complex128", 128),
    (16, "bfloat16", 16), (17, "float8e4m3fn", 8), (18, "float8e4m3fnuz", 8), (19, "float8e5m2", 8),
    (20, "float8e5m2fnuz", 8), (21, "uint4", 4), (22, "int4", 4), (23, "float4e2m1", 4), (24, "float8e8m0", 8),
    (25, "uint2", 2), (26, "int2", 2), (27, "float6e2m3", 6), (28, "float6e3m2", 6), (29, "type 29", nil),
    (-1, "type -1", nil),
  ]

  @Test(arguments: table)
  func `knows the name and the size of each type`(number: Int, name: String, bits: Int?) {
    #expect(DataType(rawValue: number).name == name)
    #expect(DataType(rawValue: number).bitWidth == bits)
  }

  @Test(arguments: [
    (1, 3, 12), (10, 3, 6), (21, 3, 2), (21, 4, 2), (25, 5, 2), (27, 4, 3), (27, 5, 4), (15, 1, 16), (1, 0, 0),
  ])
  func `counts the bytes of packed elements, a part of one as a whole`(type: Int, count: Int, bytes: Int) {
    #expect(DataType(rawValue: type).byteCount(of: count) == bytes)
  }

  @Test(arguments: [(1, Int.max), (7, 1 << 58), (8, 1), (99, 1), (2, 1 << 61)])
  func `has no number of bytes where it is not known or too large`(type: Int, count: Int) {
    #expect(DataType(rawValue: type).byteCount(of: count) == nil)
  }

  /// (2⁶³ − 4) / 4 elements of four bits: their bits can be counted, but not rounded up as if there were more.
  @Test func `counts the bytes of as many elements as there can be`() async {
    await #expect(processExitsWith: .success) {
      precondition(
        DataType(rawValue: 22).byteCount(of: 2_305_843_009_213_693_951) == 1_152_921_504_606_846_976,
        "half a byte each")
    }
  }
}
