import Testing

@testable import ProtobufIO

@Suite struct ChunkBufferTests {
  private let folder = TemporaryFolder()

  /// Adds the index of each element to it.
  private final class Counting: ChunkTransform {
    private(set) var firsts: [Int] = []

    func transform(_ source: Span<UInt32>, into target: inout MutableSpan<UInt32>, from first: Int) {
      firsts.append(first)
      for index in source.indices { target[index] = source[index] + UInt32(first + index) }
    }
  }

  @Test(arguments: [1, 15, 16, 17, 100])
  func `gives out whole elements with their places, from a file or from memory`(count: Int) throws {
    let numbers = (0..<count).map { UInt32(truncatingIfNeeded: $0 &* 2_654_435_761) }
    let bytes = numbers.flatMap { littleEndian(UInt64($0), count: 4) }
    let file = try folder.source([9, 9, 9] + bytes + [9])
    for content in [PayloadContent(.bytes(bytes)), PayloadContent(.range(file, offset: 3, count: bytes.count))] {
      var seen: [UInt32] = []
      try ChunkBuffer(capacity: 64).forEachChunk(of: content, as: UInt32.self) { chunk, _, first in
        #expect(first == seen.count)
        #expect(chunk.count <= 16)
        for index in chunk.indices { seen.append(chunk[index]) }
      }
      #expect(seen == numbers)
    }
  }

  @Test(arguments: [1, 2, 4, 8])
  func `repeats an element over all chunks`(width: Int) throws {
    let element = (1...width).map { UInt8($0) }
    let content = PayloadContent(.repeated(element: element, count: 50))
    var seen: [UInt8] = []
    try ChunkBuffer(capacity: 64).forEachChunk(of: content, as: UInt8.self) { chunk, _, _ in
      for index in chunk.indices { seen.append(chunk[index]) }
    }
    #expect(seen == Array(repeating: element, count: 50).flatMap { $0 })
  }

  @Test func `transforms each chunk on its way out`() throws {
    let transform = Counting()
    let content = PayloadContent(.repeated(element: littleEndian(1000, count: 4), count: 40), transform: transform)
    let output = try OutputFile(path: folder.path("out"), expectedSize: 160)
    try DataFileWriter(to: output, through: ChunkBuffer(capacity: 64)).write(content, at: 0)
    try output.commit()
    #expect(folder.bytes("out") == (0..<40).flatMap { littleEndian(UInt64(1000 + $0), count: 4) })
    #expect(transform.firsts == [0, 16, 32])
  }

  @Test func `leaves the elements untransformed for who looks at them`() throws {
    let content = PayloadContent(.bytes(littleEndian(7, count: 4)), transform: Counting())
    try ChunkBuffer().forEachChunk(of: content, as: UInt32.self) { chunk, _, _ in #expect(chunk[0] == 7) }
  }

  @Test func `an empty payload has no chunks`() throws {
    try ChunkBuffer().forEachChunk(of: PayloadContent(.bytes([])), as: UInt8.self) { _, _, _ in
      Issue.record("there is nothing to look at")
    }
  }

  @Test func `a part of an element is a caller's mistake, as is a capacity that holds parts`() async {
    await #expect(processExitsWith: .failure) {
      try ChunkBuffer().forEachChunk(of: PayloadContent(.bytes([1, 2, 3])), as: UInt32.self) { _, _, _ in }
    }
    await #expect(processExitsWith: .failure) { _ = ChunkBuffer(capacity: 100) }
  }

  @Test func `lends memory to write on that is the chunk's alone`() throws {
    let content = PayloadContent(.bytes(Array(0..<100)))
    var seen: [UInt8] = []
    try ChunkBuffer(capacity: 64).forEachChunk(of: content, as: UInt8.self) { source, target, _ in
      for index in source.indices { target[index] = 255 - source[index] }
      for index in source.indices { seen.append(source[index] + target[index]) }
    }
    #expect(seen == Array(repeating: 255, count: 100))
  }

  /// In processes of their own: the reading thread must be stopped, whichever chunk is the last.
  @Test(arguments: [1, 2, 3, 50])
  func `ends with the error of what takes the chunks`(last: Int) async {
    await #expect(processExitsWith: .success) { [last = last as Int] in
      let content = PayloadContent(.repeated(element: [1], count: 64 * 50))
      let buffer = ChunkBuffer(capacity: 64)
      for _ in 0..<20 {
        var chunks = 0
        let error = ModelFileError(.unwritable, path: "out", "full")
        do throws(ModelFileError) {
          try unsafe buffer.forEachChunk(of: content) { (_) throws(ModelFileError) in
            chunks += 1
            if chunks == last { throw error }
          }
          preconditionFailure("the error must come through")
        } catch {
          precondition(error.message == "full" && chunks == last, "it must be the error that was thrown")
        }
      }
    }
  }

  @Test func `ends with the error of what it reads`() async {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      let source = try folder.source(Array(repeating: 1, count: 1000))
      folder.write(Array(repeating: 1, count: 500), to: "model")
      let content = PayloadContent(.range(source, offset: 0, count: 1000))
      var bytes = 0
      do throws(ModelFileError) {
        try unsafe ChunkBuffer(capacity: 64).forEachChunk(of: content) { bytes += $0.count }
        preconditionFailure("the error must come through")
      } catch {
        precondition(
          error.message == "changed while it was read: it ends at byte 500 but had 1000 bytes when opened",
          error.message)
        precondition(bytes == 448, "whole chunks come before the error")
      }
    }
  }

  @Test func `knows the bytes of every kind of content`() throws {
    let source = try folder.source([1, 2, 3])
    #expect(PayloadContent(.range(source, offset: 1, count: 2)).byteCount == 2)
    #expect(PayloadContent(.bytes([1])).byteCount == 1)
    #expect(PayloadContent(.repeated(element: [1, 2], count: 3)).byteCount == 6)
  }
}
