import CProtobufC
import Testing

@testable import ProtobufIO

@Suite struct ArenaTests {
  @Test func `gives out memory in steps of sixteen bytes that do not overlap`() {
    let arena = Arena(budget: 1 << 20)
    var ends = 0
    var last: UInt = 0
    for count in [1, 16, 17, 5000, 3, 40_000] {
      let start = unsafe UInt(bitPattern: arena.allocate(count))
      #expect(start != 0 && start % 16 == 0)
      #expect(start >= last + UInt(ends) || start < last)
      (last, ends) = (start, count)
    }
    #expect(arena.used == 16 + 16 + 32 + 5008 + 16 + 40_000)
    #expect(!arena.isExhausted)
  }

  @Test func `refuses what is over its budget and notes it`() {
    let arena = Arena(budget: 100)
    #expect(unsafe arena.allocate(96) != nil)
    #expect(!arena.isExhausted)
    #expect(unsafe arena.allocate(16) == nil)
    #expect(arena.isExhausted)
    #expect(arena.used == 96)
  }

  @Test func `a request that would fit alone is refused when the rest is used`() {
    let arena = Arena(budget: 64)
    #expect(unsafe arena.allocate(65) == nil)
    #expect(unsafe arena.allocate(64) != nil)
    #expect(unsafe arena.allocate(1) == nil)
  }

  @Test func `the most that can be asked for is refused`() async {
    await #expect(processExitsWith: .success) {
      let arena = Arena(budget: 1 << 20)
      precondition(unsafe arena.allocate(.max) == nil, "nothing is that large")
    }
  }

  /// Every node is a few hundred bytes in memory but two in the file.
  @Test(arguments: [500, 2000, 10_000])
  func `protobuf-c gives up where its allocator refuses`(budget: Int) throws {
    let message = WireMessage {
      $0.message(Field.graph) { graph in
        for _ in 0..<100 { graph.message(Field.Graph.node) { _ in } }
      }
    }
    let arena = Arena(budget: budget)
    let descriptor = unsafe MessageSchema.onnx.messages[0].descriptor
    let isRefused = unsafe message.bytes.withUnsafeBufferPointer { bytes in
      unsafe arena.withAllocator { allocator in
        unsafe protobuf_c_message_unpack(descriptor, allocator, bytes.count, bytes.baseAddress) == nil
      }
    }
    #expect(isRefused)
    #expect(arena.isExhausted)
    #expect(arena.used <= budget)
  }
}
