import Tensors
import Testing

@testable import BatchNormFolding

/// Which axis of another shape has the channels.
extension ChannelCarrierTests {
  /// Sizes as text: a number, a letter for one that is only named, or `?`.
  private static func extents(_ text: String) -> [Dimension] {
    text.split(separator: " ").map { part in
      if let size = Int(part) { return .size(size) }
      return part == "?" ? .unknown : .symbol(Int(part.unicodeScalars.first?.value ?? 0))
    }
  }

  private static func reshape(_ from: String, _ to: String) -> ChannelCarrier {
    ChannelCarrier(.reshape(from: extents(from), to: extents(to)))
  }

  @Test(arguments: [
    // Flatten behind a convolution or a product.
    ("N 3 H W", 1, 3, "N 3 P", 1, 3), ("N 3 4 4", 1, 3, "N 48", 1, 48), ("? 3 4 4", 1, 3, "? 48", 1, 48),
    ("N T 6", 2, 6, "M 6", 1, 6), ("? ? 6", 2, 6, "? 6", 1, 6),
    // A Gemm's channels become channels and pixels.
    ("N 48", 1, 48, "N 3 4 4", 1, 3), ("? 48", 1, 48, "? 3 4 4", 1, 3), ("N 8", 1, 8, "N 8 1 1", 1, 8),
    // Axes of length 1 come and go.
    ("N 3", 1, 3, "1 N 3", 2, 3), ("N 1 3", 2, 3, "N 3 1", 1, 3), ("1 N 3 1", 2, 3, "N 3", 1, 3),
    ("N 1 3", 2, 3, "N 3", 1, 3),
    // Groups of channels.
    ("N 6 H", 1, 6, "N 2 3 H", 1, 2), ("N 2 3 H", 1, 2, "N 6 H", 1, 6),
  ])
  func `finds the axis before the reshape and behind it`(
    from: String, axis: Int, count: Int, to: String, target: Int, targetCount: Int
  ) {
    let carrier = Self.reshape(from, to)
    let (input, output) = (ChannelView.axis(axis, count: count), ChannelView.axis(target, count: targetCount))
    #expect(carrier.relation(before: input)?.output == output)
    #expect(carrier.relation(behind: output)?.input == input)
  }

  @Test(arguments: [
    // Which of the sizes before the channels were joined is not known.
    ("? 3 ?", 1, 3, "? 3 ?"), ("N 3 H", 1, 3, "M 3 K"), ("N 3 ?", 1, 3, "? 3 ?"),
    // Sizes that fit by coincidence: the axes lie elsewhere.
    ("N 3 4", 1, 3, "N 4 3"), ("N 4 3", 2, 3, "N 3 4"), ("2 3 N", 1, 3, "3 2 N"),
    // Axes that neither split nor join the channels.
    ("N 4 6", 1, 4, "N 6 4"), ("2 12", 1, 12, "3 8"), ("0 3 2", 1, 3, "3 0 2"),
    // A count that is not the axis', or an axis that is not there.
    ("N 3 4", 1, 4, "N 12"), ("N 3", 2, 3, "N 3"),
  ])
  func `says nothing where the channels are not proven`(from: String, axis: Int, count: Int, to: String) {
    #expect(Self.reshape(from, to).relation(before: .axis(axis, count: count))?.output == nil)
    #expect(Self.reshape(to, from).relation(behind: .axis(axis, count: count))?.input == nil)
  }

  /// Two lengths of one symbol are the same, so that either may have moved.
  @Test func `symbols count like numbers`() {
    #expect(Self.reshape("N T 4 H", "T N 4 H").relation(before: .axis(2, count: 4))?.output == .axis(2, count: 4))
    #expect(Self.reshape("N N 4", "N 4 N").relation(before: .axis(2, count: 4))?.output == nil)
  }

  @Test func `lengths as large as numbers go say nothing`() async {
    await #expect(processExitsWith: .success) {
      let large: [Dimension] = [.size(.max), .size(.max), .size(2)]
      let carrier = ChannelCarrier(.reshape(from: large, to: large.reversed()))
      for axis in 0..<3 {
        _ = carrier.relation(before: .axis(axis, count: axis == 2 ? 2 : .max))
      }
    }
  }

  /// Shapes of the same elements, some of whose sizes are named or not known: whatever is told holds for the elements.
  @Test(arguments: 0..<40)
  func `what it tells of random reshapes is how elements move`(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    var found = 0
    for _ in 0..<50 {
      let total = [24, 36, 48, 16].randomElement(using: &generator) ?? 24
      let (from, to) = (shape(of: total, &generator), shape(of: total, &generator))
      let hidden = Set((1...total).filter { _ in Int.random(in: 0..<4, using: &generator) == 0 })
      func extents(_ shape: [Int]) -> [Dimension] {
        shape.map { size in
          if Int.random(in: 0..<8, using: &generator) == 0 { return .unknown }
          return hidden.contains(size) ? .symbol(size) : .size(size)
        }
      }
      let carrier = ChannelCarrier(.reshape(from: extents(from), to: extents(to)))
      let moves = ElementMoves(reshaping: from, to: to)
      for axis in to.indices {
        guard let back = carrier.relation(behind: .axis(axis, count: to[axis])) else { continue }
        found += 1
        #expect(back.agrees(with: moves), "\(from) to \(to), axis \(axis) of the output")
      }
      for axis in from.indices {
        guard let forward = carrier.relation(before: .axis(axis, count: from[axis])) else { continue }
        found += 1
        #expect(forward.agrees(with: moves), "\(from) to \(to), axis \(axis) of the input")
      }
    }
    #expect(found > 50)
  }

  private func shape(of total: Int, _ generator: inout SeededGenerator) -> [Int] {
    var (rest, shape) = (total, [Int]())
    while rest > 1, shape.count < 4 {
      let size = (1...rest).filter { rest % $0 == 0 }.randomElement(using: &generator) ?? 1
      shape.append(size)
      rest /= size
    }
    return shape + [rest]
  }
}
