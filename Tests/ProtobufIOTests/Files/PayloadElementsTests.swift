import Testing

@testable import ProtobufIO

@Suite struct PayloadElementsTests {
  private let folder = TemporaryFolder()

  /// Adds the index of each element to it.
  private final class Counting: ChunkTransform {
    func transform(_ source: Span<UInt32>, into target: inout MutableSpan<UInt32>, from first: Int) {
      for index in source.indices { target[index] = source[index] + UInt32(first + index) }
    }
  }

  private func doubled(_ content: PayloadContent) throws -> [UInt64] {
    try content.elements(of: UInt32.self) { (source, target: inout MutableSpan<UInt64>) in
      for index in source.indices { target[index] = 2 * UInt64(source[index]) }
    }
  }

  @Test(arguments: [0, 1, 4096, 4097, 100_000])
  func `elements are converted chunk by chunk, from a file or from memory`(count: Int) throws {
    let bytes = (0..<count).flatMap { littleEndian(UInt64($0), count: 4) }
    let file = try folder.source([9, 9, 9] + bytes + [9])
    for content in [PayloadContent(.bytes(bytes)), PayloadContent(.range(file, offset: 3, count: bytes.count))] {
      #expect(try content.elements(of: UInt32.self) == (0..<count).map { UInt32($0) })
      #expect(try doubled(content) == (0..<count).map { 2 * UInt64($0) })
    }
  }

  @Test func `what a transform makes of them is converted, each by its place`() throws {
    let content = PayloadContent(
      .repeated(element: littleEndian(1000, count: 4), count: 50_000), transform: Counting())
    #expect(try content.elements(of: UInt32.self) == (0..<50_000).map { UInt32(1000 + $0) })
    #expect(try doubled(content) == (0..<50_000).map { 2 * UInt64(1000 + $0) })
  }

  @Test func `a file that has become shorter gives an error`() throws {
    let source = try folder.source(Array(repeating: 1, count: 400_000))
    folder.write(Array(repeating: 1, count: 200_000), to: "model")
    let content = PayloadContent(.range(source, offset: 0, count: 400_000))
    #expect(throws: ModelFileError.self) { try content.elements(of: UInt32.self) }
    #expect(throws: ModelFileError.self) { try doubled(content) }
  }
}
