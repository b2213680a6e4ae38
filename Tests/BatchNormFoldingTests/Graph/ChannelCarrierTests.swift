import Testing

@testable import BatchNormFolding

/// Where the channels of an operator's output come from, and where those of its input go.
@Suite struct ChannelCarrierTests {
  /// A layout with what it makes of a shape, and the element moves that it stands for.
  struct Case: Sendable, CustomStringConvertible {
    let description: String
    let layout: ChannelCarrier.Layout
    let input: [Int]
    let output: [Int]
    /// Along which the channels lie on both sides.
    let axis: Int
    /// The index into the input of an index into the output.
    let source: @Sendable ([Int]) -> [Int]

    init(
      _ description: String, _ layout: ChannelCarrier.Layout, _ input: [Int], _ output: [Int], axis: Int = 1,
      _ source: @escaping @Sendable ([Int]) -> [Int]
    ) {
      (self.description, self.layout, self.input, self.output) = (description, layout, input, output)
      self.axis = axis
      self.source = source
    }
  }

  static let cases: [Case] = [
    Case("identity", .identity, [2, 3, 2, 2], [2, 3, 2, 2]) { $0 },
    Case("same axes", .sameAxes, [2, 3, 2, 2], [2, 3, 2, 2]) { $0 },
    Case("transposed", .permutation([0, 2, 3, 1]), [2, 3, 4, 5], [2, 4, 5, 3]) { [$0[0], $0[3], $0[1], $0[2]] },
    Case("swapped axes of one length", .permutation([0, 2, 1]), [2, 3, 3], [2, 3, 3]) { [$0[0], $0[2], $0[1]] },
    Case("some channels", .selection(axis: 1, positions: [4, 2, 0], count: 5), [2, 5, 2], [2, 3, 2]) {
      [$0[0], 4 - 2 * $0[1], $0[2]]
    },
    Case("no channels", .selection(axis: 1, positions: [], count: 2), [2, 2], [2, 0]) { $0 },
    Case(
      "depth to space, depth first", .depthToSpace(axis: 1, block: 2, depthFirst: true), [2, 8, 1, 3], [2, 2, 2, 6]
    ) {
      [$0[0], ($0[2] % 2 * 2 + $0[3] % 2) * 2 + $0[1], $0[2] / 2, $0[3] / 2]
    },
    Case(
      "depth to space, columns first", .depthToSpace(axis: 1, block: 2, depthFirst: false), [2, 8, 1, 3], [2, 2, 2, 6]
    ) {
      [$0[0], $0[1] * 4 + $0[2] % 2 * 2 + $0[3] % 2, $0[2] / 2, $0[3] / 2]
    },
    Case("space to depth", .spaceToDepth(axis: 1, block: 2), [2, 3, 2, 4], [2, 12, 1, 2]) {
      [$0[0], $0[1] % 3, $0[2] * 2 + $0[1] / 3 / 2, $0[3] * 2 + $0[1] / 3 % 2]
    },
    Case(
      "depth to space, channels last", .depthToSpace(axis: 3, block: 2, depthFirst: true), [2, 1, 3, 8], [2, 2, 6, 2],
      axis: 3
    ) {
      [$0[0], $0[1] / 2, $0[2] / 2, ($0[1] % 2 * 2 + $0[2] % 2) * 2 + $0[3]]
    },
    Case(
      "space to depth, channels last", .spaceToDepth(axis: 3, block: 2), [2, 2, 4, 3], [2, 1, 2, 12], axis: 3
    ) {
      [$0[0], $0[1] * 2 + $0[3] / 3 / 2, $0[2] * 2 + $0[3] / 3 % 2, $0[3] % 3]
    },
  ]

  @Test(arguments: cases)
  func `carries channels as elements move, in both directions`(_ current: Case) throws {
    let carrier = ChannelCarrier(current.layout)
    let moves = ElementMoves(current.output, from: current.source)
    let back = try #require(carrier.relation(behind: .axis(current.axis, count: current.output[current.axis])))
    let forward = try #require(carrier.relation(before: .axis(current.axis, count: current.input[current.axis])))
    #expect(back.output == .axis(current.axis, count: current.output[current.axis]) && back.agrees(with: moves))
    #expect(forward.input == .axis(current.axis, count: current.input[current.axis]) && forward.agrees(with: moves))
  }

  /// What is not told from the layout alone is no relation; what is told is right.
  @Test(arguments: cases.filter { !$0.output.contains(0) })
  func `carries other axes as elements move, or not at all`(_ current: Case) {
    let carrier = ChannelCarrier(current.layout)
    let moves = ElementMoves(current.output, from: current.source)
    for axis in current.output.indices {
      if let back = carrier.relation(behind: .axis(axis, count: current.output[axis])) {
        #expect(back.agrees(with: moves), "axis \(axis) of the output")
      }
    }
    for axis in current.input.indices {
      if let forward = carrier.relation(before: .axis(axis, count: current.input[axis])) {
        #expect(forward.agrees(with: moves), "axis \(axis) of the input")
      }
    }
  }

  @Test(arguments: cases)
  func `one map for all passes everything`(_ current: Case) throws {
    let carrier = ChannelCarrier(current.layout, mixing: [0, 1, 2, 3])
    let (back, forward) = (carrier.relation(behind: .uniform), carrier.relation(before: .uniform))
    for relation in [try #require(back), try #require(forward)] {
      #expect(relation.input == .uniform && relation.output == .uniform)
      #expect(relation.carriedBack(.scaling([3]))?.marks == [3])
    }
  }

  @Test(arguments: [ChannelCarrier.Layout.identity, .sameAxes, .selection(axis: 2, positions: [1], count: 2)])
  func `nothing passes along an axis that is mixed`(layout: ChannelCarrier.Layout) {
    let carrier = ChannelCarrier(layout, mixing: [1, 3])
    for axis in [1, 3] {
      #expect(carrier.relation(behind: .axis(axis, count: 2)) == nil)
      #expect(carrier.relation(before: .axis(axis, count: 2)) == nil)
    }
    #expect(carrier.relation(behind: .axis(0, count: 2))?.input == .axis(0, count: 2))
    #expect(carrier.relation(before: .axis(0, count: 2))?.output == .axis(0, count: 2))
  }

  @Test func `an order that lacks the axis carries nothing`() {
    let carrier = ChannelCarrier(.permutation([1, 0]))
    #expect(carrier.relation(behind: .axis(2, count: 3)) == nil && carrier.relation(before: .axis(2, count: 3)) == nil)
  }

  @Test func `a count that is not the operator's carries nothing`() {
    let selection = ChannelCarrier(.selection(axis: 1, positions: [0, 2], count: 3))
    #expect(selection.relation(behind: .axis(1, count: 3)) == nil)
    #expect(selection.relation(before: .axis(1, count: 2)) == nil)
    #expect(ChannelCarrier(.spaceToDepth(axis: 1, block: 2)).relation(behind: .axis(1, count: 6)) == nil)
    #expect(
      ChannelCarrier(.depthToSpace(axis: 1, block: 2, depthFirst: true)).relation(before: .axis(1, count: 6)) == nil)
  }

  @Test func `depth to space takes its batch along, and no pixels`() {
    for layout in [
      ChannelCarrier.Layout.depthToSpace(axis: 1, block: 2, depthFirst: true), .spaceToDepth(axis: 1, block: 2),
    ] {
      let carrier = ChannelCarrier(layout)
      #expect(carrier.relation(behind: .axis(0, count: 3))?.input == .axis(0, count: 3))
      #expect(carrier.relation(before: .axis(0, count: 3))?.output == .axis(0, count: 3))
      #expect(
        carrier.relation(behind: .axis(2, count: 4)) == nil && carrier.relation(before: .axis(3, count: 4)) == nil)
    }
  }

  @Test(arguments: [0, -1, 1 << 20])
  func `blocks of no use carry nothing`(block: Int) async {
    await #expect(processExitsWith: .success) { [block] in
      let carriers = [
        ChannelCarrier(.depthToSpace(axis: 1, block: block, depthFirst: true)),
        ChannelCarrier(.spaceToDepth(axis: 1, block: block)),
      ]
      for carrier in carriers {
        precondition(carrier.relation(behind: .axis(1, count: 1 << 20)) == nil)
        precondition(carrier.relation(before: .axis(1, count: 1 << 20)) == nil)
      }
    }
  }
}
