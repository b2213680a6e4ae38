import ProtobufIO
import ProtobufIOTests
import Testing

@testable import FuzzTargets

struct WireTreeTests {
  @Test(arguments: Fixtures.handmadeNames)
  func `a model that is read and written is the same, byte for byte`(name: String) throws {
    let bytes = try #require(fileBytes(Fixtures.handmade(name)))
    let tree = try #require(WireTree(bytes))
    #expect(tree.messages.count > 10)
    #expect(tree.encoded == bytes)
  }

  @Test(arguments: [[8], [8, 0x80], [0x3A, 2, 0], [3], [0]] as [[UInt8]])
  func `bytes that are no message are refused`(bytes: [UInt8]) {
    #expect(WireTree(bytes) == nil)
  }

  @Test func `a field that no message can be read from stays bytes`() throws {
    let graph: [UInt8] = [0x3A, 1, 0xFF]
    let tree = try #require(WireTree(graph))
    #expect(tree.messages.count == 1)
    #expect(tree.encoded == graph)
  }

  @Test func `a field copied below another leaves the one it was copied from`() throws {
    let bytes = try #require(fileBytes(Fixtures.handmade("conv_bn")))
    var tree = try #require(WireTree(bytes))
    let graph = try #require(tree.messages[0].fields.first { $0.number == 7 })
    let copy = tree.copy(graph, of: tree)
    guard case .message(let copied) = copy.content else {
      Issue.record("a graph must be a message")
      return
    }
    tree.edit(copied) { $0.removeAll() }
    #expect(tree.encoded == bytes)
  }
}
