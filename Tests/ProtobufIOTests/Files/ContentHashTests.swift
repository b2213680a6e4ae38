import Testing

@testable import ProtobufIO

@Suite struct ContentHashTests {
  /// What the reference implementation of XXH64 gives with the seed 0.
  @Test(
    arguments: [
      (Array("".utf8), 0xEF46_DB37_51D8_E999), (Array("a".utf8), 0xD24E_C4F1_A98C_6E5B),
      (Array("abc".utf8), 0x44BC_2CF5_AD77_0999),
      (Array("The quick brown fox jumps over the lazy dog".utf8), 0x0B24_2D36_1FDA_71BC),
      (Array(0..<31), 0xC346_D2B5_9B4D_8EE1), (Array(0..<32), 0xCBF5_9C51_16FF_32B4),
      (Array(0..<33), 0x0C53_5D1A_CAFB_8EAD), (Array(0..<100), 0x6AC1_E580_3216_6597),
      (Array(String(repeating: "0123456789", count: 10).utf8), 0xF80E_7B96_315A_FFFA),
    ] as [([UInt8], UInt64)])
  func `gives the numbers that are published`(bytes: [UInt8], hash: UInt64) {
    #expect(self.hash(of: [bytes]).value == hash)
  }

  @Test func `is the same in any pieces, for every length up to a hundred`() {
    var state: UInt64 = 1
    func random(below limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    for length in 0...100 {
      let bytes = (0..<length).map { _ in UInt8(random(below: 256)) }
      let whole = hash(of: [bytes]).value
      for _ in 0..<5 {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
          let count = min(random(below: 40), rest.count)
          pieces.append(Array(rest.prefix(count)))
          rest = rest.dropFirst(count)
        }
        #expect(hash(of: pieces).value == whole, "\(length) bytes in pieces of \(pieces.map(\.count))")
      }
    }
  }

  @Test func `can be asked for in between`() {
    var hash = ContentHash()
    #expect(hash.hexadecimal == "ef46db3751d8e999")
    unsafe hash.update(Array("abc".utf8).span.bytes)
    #expect(hash.hexadecimal == "44bc2cf5ad770999")
    #expect(hash.hexadecimal == "44bc2cf5ad770999")
  }

  @Test func `is written with sixteen digits, the first of them 0 too`() {
    #expect(hash(of: [Array(0..<33)]).hexadecimal == "0c535d1acafb8ead")
  }

  private func hash(of pieces: [[UInt8]]) -> ContentHash {
    var hash = ContentHash()
    for piece in pieces { unsafe hash.update(piece.span.bytes) }
    return hash
  }
}
