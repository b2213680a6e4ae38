import Testing

@testable import Tensors

@Suite struct ConveyorTests {
  @Test func `what is put on one thread is taken on another one, in order`() throws {
    let conveyor = Conveyor<Int>(capacity: 3)
    var taken: [Int] = []
    try concurrently {
      defer { conveyor.close() }
      for number in 0..<1000 { #expect(conveyor.put(number)) }
    } _: {
      while let number = conveyor.take() { taken.append(number) }
    }
    #expect(taken == Array(0..<1000))
  }

  @Test func `where the taker ends, the maker hears of it, and does not wait`() throws {
    let conveyor = Conveyor<Int>(capacity: 2)
    var count = 0
    try concurrently {
      while conveyor.put(count) { count += 1 }
    } _: {
      for _ in 0..<5 { _ = conveyor.take() }
      conveyor.close()
    }
    #expect(5...7 ~= count)
    #expect(!conveyor.put(0))
  }

  @Test func `what lies on it when it is closed can be taken, once`() {
    let conveyor = Conveyor<Int>(capacity: 2)
    #expect(conveyor.put(1) && conveyor.put(2))
    conveyor.close()
    conveyor.close()
    #expect(!conveyor.put(3))
    #expect([conveyor.take(), conveyor.take(), conveyor.take(), conveyor.take()] == [1, 2, nil, nil])
  }
}
