import CProtobufC

/// Memory for one message tree, given out piece by piece and released whole.
///
/// It is also protobuf-c's allocator: a request over the budget fails, which protobuf-c handles at every
/// place (tested by its authors and by us with allocators that fail at random).
@safe
package final class Arena {
  /// The most bytes that will be given out.
  let budget: Int

  /// Whether a request was refused.
  private(set) var isExhausted = false

  private(set) var used: Int
  private var blocks: [UnsafeMutableRawPointer] = unsafe []
  private var free: UnsafeMutableRawBufferPointer = unsafe .init(start: nil, count: 0)
  private var nextBlock = 1 << 14

  /// - Parameter used: What counts against the budget already.
  init(budget: Int, used: Int = 0) {
    self.budget = budget
    self.used = used
  }

  deinit {
    unsafe blocks.forEach { unsafe $0.deallocate() }
  }

  /// Memory for `count` bytes, aligned to 16, or nil over the budget.
  func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
    let size = (count &+ 15) & ~15
    guard size >= count, size <= budget - used else {
      isExhausted = true
      return nil
    }
    used += size
    if unsafe size > free.count {
      let block = max(size, nextBlock)
      nextBlock = min(nextBlock * 2, 1 << 20)
      let start = UnsafeMutableRawPointer.allocate(byteCount: block, alignment: 16)
      unsafe blocks.append(start)
      guard size < block else { return unsafe start }
      unsafe free = UnsafeMutableRawBufferPointer(start: start, count: block)
    }
    let piece = unsafe free.baseAddress
    unsafe free = UnsafeMutableRawBufferPointer(rebasing: free[size...])
    return unsafe piece
  }

  /// Calls `body` with this arena as protobuf-c's allocator.
  func withAllocator<R>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> R) -> R {
    var allocator = unsafe ProtobufCAllocator(
      alloc: { state, count in
        guard let state = unsafe state else { return nil }
        return unsafe Unmanaged<Arena>.fromOpaque(state).takeUnretainedValue().allocate(count)
      },
      free: { _, _ in },
      allocator_data: Unmanaged.passUnretained(self).toOpaque())
    return withExtendedLifetime(self) { unsafe body(&allocator) }
  }
}
