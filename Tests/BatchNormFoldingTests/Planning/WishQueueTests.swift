import Tensors
import Testing

@testable import BatchNormFolding

@Suite struct WishQueueTests {
  private func wish(_ value: Int, scaling scales: [Double], isKept: Bool = false) -> Wish {
    Wish(
      map: TravellingMap(
        affine: ChannelAffine(channels: scales.count, steps: [.multiplication(scales)]),
        view: .axis(1, count: scales.count), types: []),
      value: ValueID(value), isKept: isKept)
  }

  @Test(arguments: [[3, 1, 2], [1, 2, 3], [5, 4, 3, 2, 1, 0], [2, 9, 4, 7, 1, 8, 3]])
  func `the lowest rank comes first`(ranks: [Int]) {
    var queue = WishQueue()
    for rank in ranks { _ = queue.add(wish(100 + rank, scaling: [2]), rank: rank) }
    var order: [Int] = []
    while let next = queue.popFirst() { order.append(next.value.index - 100) }
    #expect(order == ranks.sorted())
  }

  @Test func `of one rank the value that was numbered first comes first`() {
    var queue = WishQueue()
    for value in [7, 3, 5] { _ = queue.add(wish(value, scaling: [2]), rank: 0) }
    let order = (0..<3).map { _ in queue.popFirst()?.value }
    #expect(order == [ValueID(3), ValueID(5), ValueID(7)])
  }

  @Test func `wishes for one value become one, which is kept if one of them is`() {
    var queue = WishQueue()
    #expect(!queue.contains(ValueID(4)))
    _ = queue.add(wish(4, scaling: [2, 1]), rank: 0)
    #expect(queue.contains(ValueID(4)))
    _ = queue.add(wish(4, scaling: [1, 3], isKept: true), rank: 0)
    let (joined, rest) = (queue.popFirst(), queue.popFirst())
    #expect(joined?.isKept == true && joined?.map.affine.steps == [.multiplication([2, 3])])
    #expect(rest == nil && !queue.contains(ValueID(4)))
  }

  @Test func `maps of other channels do not become one`() {
    var queue = WishQueue()
    _ = queue.add(wish(4, scaling: [2, 1]), rank: 0)
    let isJoined = queue.add(wish(4, scaling: [2, 1, 1]), rank: 0)
    #expect(!isJoined)
  }
}
