import Synchronization
import Testing

@testable import Tensors

@Suite struct ConcurrencyTests {
  private struct Failure: Error, Equatable { let number: Int }

  @Test func `both parts run at the same time`() throws {
    let (there, back) = (Conveyor<Int>(capacity: 1), Conveyor<Int>(capacity: 1))
    var answer: Int?
    try concurrently {
      #expect(there.put(20))
      answer = back.take()
    } _: {
      #expect(back.put((there.take() ?? 0) + 1))
    }
    #expect(answer == 21)
  }

  @Test(arguments: [[1], [2], [1, 2]])
  func `the first error is thrown when both have ended`(failing: [Int]) {
    var ended: Set<Int> = []
    let both = Conveyor<Int>(capacity: 2)
    #expect(throws: Failure(number: failing[0])) {
      try concurrently {
        defer { _ = both.put(1) }
        if failing.contains(1) { throw Failure(number: 1) }
      } _: {
        defer { _ = both.put(2) }
        if failing.contains(2) { throw Failure(number: 2) }
      }
    }
    both.close()
    while let number = both.take() { ended.insert(number) }
    #expect(ended == [1, 2])
  }

  @Test func `a map keeps the order and does each element once`() throws {
    let count = Mutex(0)
    let squares = try Array(0..<1000).concurrentMap { number in
      count.withLock { $0 += 1 }
      return number * number
    }
    #expect(squares == (0..<1000).map { $0 * $0 })
    #expect(count.withLock { $0 } == 1000)
    #expect(try [Int]().concurrentMap { $0 }.isEmpty)
  }

  @Test func `a map throws the first element's error`() {
    #expect(throws: Failure(number: 3)) {
      try Array(0..<100).concurrentMap { number in
        if number % 3 == 0 && number > 0 { throw Failure(number: number) }
        return number
      }
    }
  }
}
