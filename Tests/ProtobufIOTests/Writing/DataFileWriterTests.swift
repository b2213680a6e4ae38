import Testing

@testable import ProtobufIO

@Suite struct DataFileWriterTests {
  private let folder = TemporaryFolder()

  @Test(arguments: [(0, 0), (1, 4096), (4095, 4096), (4096, 4096), (4097, 8192)])
  func `the next payload begins where a page does`(end: Int, offset: Int) {
    #expect(DataFileWriter.nextOffset(after: end) == offset)
  }

  @Test func `writes payloads at their places with zeros between and hashes all of it`() throws {
    let output = try OutputFile(path: folder.path("out"), expectedSize: 8192 + 2)
    var steps: [Int] = []
    let writer = DataFileWriter(to: output, through: ChunkBuffer(capacity: 64)) { steps.append($0) }
    try writer.write(PayloadContent(.bytes(Array(1...100))), at: 0)
    try writer.write(PayloadContent(.repeated(element: [5], count: 4000)), at: 4096)
    try writer.write(PayloadContent(.bytes([8, 9])), at: 8192)
    try output.commit()
    let zeros: (Int) -> [UInt8] = { Array(repeating: 0, count: $0) }
    let expected = Array(1...100) + zeros(3996) + Array(repeating: 5, count: 4000) + zeros(96) + [8, 9]
    #expect(folder.bytes("out") == expected)
    #expect(steps == [100, 8096, 8194])
    var hash = ContentHash()
    unsafe hash.update(expected.span.bytes)
    #expect(writer.contentHash == hash.hexadecimal)
  }

  @Test(arguments: [100, 0])
  func `a place that is no page or lies before the end is a caller's mistake`(offset: Int) async {
    await #expect(processExitsWith: .failure) { [offset = offset as Int] in
      let folder = TemporaryFolder()
      let output = try OutputFile(path: folder.path("out"), expectedSize: 8192)
      let writer = DataFileWriter(to: output, through: ChunkBuffer())
      try writer.write(PayloadContent(.bytes([1])), at: 0)
      try writer.write(PayloadContent(.bytes([1])), at: offset)
    }
  }
}
