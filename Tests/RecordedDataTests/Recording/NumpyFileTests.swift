import ONNXModel
import ProtobufIO
import ProtobufIOTests
import Tensors
import Testing

@testable import RecordedData

@Suite struct NumpyFileTests {
  private let folder = TemporaryFolder()

  /// A file of a version whose header is Python's text of a dictionary.
  private func file(_ header: String, _ content: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let text = Array(header.utf8)
    return [0x93] + Array("NUMPY".utf8) + [version, 0]
      + littleEndian(UInt64(text.count), count: version == 1 ? 2 : 4) + text + content
  }

  private func header(_ type: String, _ shape: String, isColumnMajor: Bool = false) -> String {
    "{'descr': '\(type)', 'fortran_order': \(isColumnMajor ? "True" : "False"), 'shape': \(shape), }    \n"
  }

  private func tensor(_ bytes: [UInt8]) throws -> Tensor {
    try NumpyFile(try folder.source(bytes, name: "a.npy")).tensor()
  }

  private func message(_ bytes: [UInt8]) -> String? {
    let error = #expect(throws: ModelFileError.self) { _ = try tensor(bytes) }
    return error.map { "\($0)".replacing(folder.path("a.npy").description, with: "a.npy") }
  }

  @Test(arguments: [1, 2, 3] as [UInt8])
  func `each version's header is read`(version: UInt8) throws {
    let tensor = try tensor(file(header("<f4", "(2,)"), littleEndian([1.5, -2]), version: version))
    #expect(tensor.kind == .float32 && tensor.shape == [2] && tensor.doubles == [1.5, -2])
  }

  @Test(
    arguments: [
      ("<f2", [0, 0x3C], .float16, 1), ("<f8", [0, 0, 0, 0, 0, 0, 0xF0, 0x3F], .float64, 1), ("|i1", [0xFE], .int8, -2),
      ("<i2", [0xFE, 0xFF], .int16, -2), ("<i4", [0xFE, 0xFF, 0xFF, 0xFF], .int32, -2),
      ("<i8", [2, 0, 0, 0, 0, 0, 0, 0], .int64, 2), ("|u1", [0xFE], .uint8, 254),
      ("<u2", [0xFE, 0xFF], .uint16, 65534),
      ("<u4", [0xFF, 0xFF, 0xFF, 0xFF], .uint32, 0xFFFF_FFFF),
      ("<u8", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .uint64, 0x1p64), ("|b1", [1], .bool, 1),
    ] as [(String, [UInt8], ElementType, Double)])
  func `each type is read`(type: String, bytes: [UInt8], kind: ElementType, element: Double) throws {
    let tensor = try tensor(file(header(type, "()"), bytes))
    #expect(tensor.kind == kind && tensor.shape == [] && tensor.doubles == [element])
  }

  @Test func `columns in a row are turned`() throws {
    let bytes = file(header("<f4", "(2, 3)", isColumnMajor: true), littleEndian([1, 4, 2, 5, 3, 6]))
    let tensor = try tensor(bytes)
    #expect(tensor.shape == [2, 3] && tensor.doubles == [1, 2, 3, 4, 5, 6])
  }

  @Test func `sizes of 0 and sizes as Python 2 writes them are read`() throws {
    #expect(try tensor(file(header("<f4", "(0, 3)"), [])).shape == [0, 3])
    #expect(try tensor(file(header("<f4", "(1L, 2L)"), littleEndian([1, 2]))).shape == [1, 2])
  }

  @Test(
    arguments: [
      (">f4", "(1,)", 4, "holds 4 bytes of type '>f4' for shape [1]"),
      ("<f4", "(2,)", 7, "holds 7 bytes of type '<f4' for shape [2]"),
      ("<f4", "(2,)", 9, "holds 9 bytes of type '<f4' for shape [2]"),
      ("<c8", "(1,)", 8, "holds 8 bytes of type '<c8' for shape [1]"),
      ("<f4", "(4611686018427387904,)", 0, "holds 0 bytes of type '<f4' for shape [4611686018427387904]"),
      ("<f8", "(2305843009213693953,)", 8, "holds 8 bytes of type '<f8' for shape [2305843009213693953]"),
      ("?f4", "(1,)", 4, "holds 4 bytes of type '?f4' for shape [1]"),
    ] as [(String, String, Int, String)])
  func `what does not fit its header is refused`(type: String, shape: String, count: Int, expected: String) {
    let text = message(file(header(type, shape), Array(repeating: 0, count: count)))
    #expect(text?.contains(expected) == true, "\(text ?? "")")
  }

  @Test(
    arguments: [
      ("(99999999999999999999, 2)", "'shape' holds what is no size"), ("(2, x)", "'shape' holds what is no size"),
      ("(1.5,)", "no ')' where '.' stands"), ("(-1,)", "'shape' holds what is no size"), ("(2)", "'shape' is no tuple"),
      ("2", "'shape' is no tuple"), ("(,)", "'shape' holds what is no size"), ("(2, 3", "no ')' where '}' stands"),
      ("'(2,)'", "'shape' is no tuple"),
    ])
  func `a shape that is none is refused`(shape: String, expected: String) {
    let text = message(file("{'descr': '<f4', 'fortran_order': False, 'shape': \(shape)}", littleEndian([1, 2])))
    #expect(text?.contains("is no file of numpy's format: its header") == true, "\(text ?? "")")
    #expect(text?.contains(expected) == true, "\(text ?? "")")
  }

  @Test(
    arguments: [
      ("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}", "'fortran_order' is neither True nor False"),
      ("{'descr': '<f4', 'fortran_order': 'True', 'shape': (1,)}", "'fortran_order' is neither True nor False"),
      ("{'descr': '<f4', 'shape': (1,)}", "'fortran_order' is neither True nor False"),
      ("{'descr': '<f4', 'fortran_order': False}", "'shape' is no tuple"),
      ("{'fortran_order': False, 'shape': (1,)}", "names no 'descr' of one type"),
      ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "no '}' where '[' stands"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", "no '}' where it ends"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "goes on behind its '}'"),
      ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "names 'descr' twice"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}", "names 'more', which is not known"),
      ("{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}", "no '}' where 'f' stands"),
      ("{'descr': '<f4", "a text that is not closed"), ("{descr: '<f4'}", "a key without quotes"),
      ("", "no '{' where it ends"), ("{}", "names no 'descr' of one type"),
    ])
  func `a header that is not one dictionary of three entries is refused`(header: String, expected: String) {
    let text = message(file(header, littleEndian([1])))
    #expect(
      text?.contains("is no file of numpy's format: its header \(expected)") == true
        || text?.contains("is no file of numpy's format: its header's \(expected)") == true
        || text?.contains("is no file of numpy's format: its header has \(expected)") == true, "\(text ?? "")")
  }

  @Test func `entries may stand in any order, in either quotes, with or without a last comma`() throws {
    for text in [
      "{\"shape\": (2,), \"descr\": \"<f4\", \"fortran_order\": False}",
      "{ 'fortran_order' : False , 'shape' : ( 2 , ) , 'descr' : '<f4' , }\n",
    ] {
      #expect(try tensor(file(text, littleEndian([1, 2]))).doubles == [1, 2])
    }
  }

  @Test func `what is no such file is refused`() {
    let whole = file(header("<f4", "(1,)"), littleEndian([1]))
    for bytes in [[], Array(whole.prefix(11)), Array(whole.prefix(40)), [0x94] + whole.dropFirst()] {
      #expect(message(bytes)?.contains("is no file of numpy's format") == true)
    }
    #expect(message(file(header("<f4", "(1,)"), [], version: 4))?.contains("version 4.0 is not known") == true)
    #expect(message(file("{'descr': '<f4'}", []))?.contains("is no file of numpy's format") == true)
  }

  @Test(arguments: [1, 2, 3] as [UInt8]) func `a header that does not fit its file is refused`(version: UInt8) {
    var bytes = file(header("<f4", "(1,)"), littleEndian([1]), version: version)
    (bytes[8], bytes[9]) = (0xFF, 0xFF)
    #expect(message(bytes)?.contains("a header of 65535 bytes does not fit") == true)
  }
}
