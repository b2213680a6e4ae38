import Testing

@testable import BatchNormFolding

@Suite struct PhaseSumsTests {
  /// A transposed convolution's weight, `[inputs, outputs / groups, taps]`.
  private struct Weight {
    let inputs: Int
    let perGroup: Int
    var groups = 1
    let elements: [Double]

    var taps: Int { elements.count / (inputs * perGroup) }

    /// The element from an input channel to an output channel of its group, at a tap.
    subscript(input: Int, output: Int, tap: Int) -> Double { elements[(input * perGroup + output) * taps + tap] }
  }

  @Test(
    arguments: [
      ([1, 1, 1, 1], true), ([1, 3, 3, 1], true), ([1, 3, 1, 3], false), ([2, 2, 0, 1], false), ([0, 0, 0, 0], true),
      ([5, -1, -5, 1], true),
    ] as [([Double], Bool)])
  func `two taps are equal where the sum over all inputs is`(elements: [Double], isEqual: Bool) throws {
    let weight = Weight(inputs: 2, perGroup: 1, elements: elements)
    #expect(try areEqual(weight, shifts: [1, 1], phases: [0, 1], count: 2) == isEqual)
  }

  @Test func `each input counts as much as its shift`() throws {
    let weight = Weight(inputs: 2, perGroup: 1, elements: [1, 3, 4, 3])
    #expect(try areEqual(weight, shifts: [1, 1], phases: [0, 1], count: 2) == false)
    #expect(try areEqual(weight, shifts: [1, 2], phases: [0, 1], count: 2) == true)
    #expect(try areEqual(weight, shifts: [0, 0], phases: [0, 1], count: 2) == true)
  }

  @Test func `taps of one phase are added up`() throws {
    let weight = Weight(inputs: 1, perGroup: 1, elements: [1, 5, 4])
    #expect(try areEqual(weight, shifts: [1], phases: [0, 1, 0], count: 2) == true)
    #expect(try areEqual(weight, shifts: [1], phases: [0, 0, 1], count: 2) == false)
  }

  /// Where a stride is longer than the kernel, some outputs see no tap at all.
  @Test func `a phase without a tap gives 0, which the others must be too`() throws {
    let weight = Weight(inputs: 2, perGroup: 1, elements: [1, 2, -1, -2])
    #expect(try areEqual(weight, shifts: [1, 1], phases: [0, 1], count: 3) == true)
    #expect(try areEqual(weight, shifts: [1, 2], phases: [0, 1], count: 3) == false)
    let ones = Weight(inputs: 1, perGroup: 1, elements: [1, 1])
    #expect(try areEqual(ones, shifts: [1], phases: [0, 1], count: 2) == true)
    #expect(try areEqual(ones, shifts: [1], phases: [0, 1], count: 4) == false)
  }

  @Test func `every output channel must have equal phases of its own`() throws {
    let weight = Weight(inputs: 1, perGroup: 3, elements: [1, 1, 7, 7, 2, 3])
    #expect(try areEqual(weight, shifts: [1], phases: [0, 1], count: 2) == false)
    let other = Weight(inputs: 1, perGroup: 3, elements: [1, 1, 7, 7, 2, 2])
    #expect(try areEqual(other, shifts: [1], phases: [0, 1], count: 2) == true)
  }

  /// Of one group alone, inputs 0 and 1 make up for each other; across groups they must not.
  @Test func `inputs of other groups do not count`() throws {
    let elements: [Double] = [1, 2, 2, 1]
    #expect(
      try areEqual(Weight(inputs: 2, perGroup: 1, elements: elements), shifts: [1, 1], phases: [0, 1], count: 2)
        == true)
    #expect(
      try areEqual(
        Weight(inputs: 2, perGroup: 1, groups: 2, elements: elements), shifts: [1, 1], phases: [0, 1], count: 2)
        == false)
  }

  @Test func `sums that cancel leave what is small`() throws {
    let phases = [0, 0, 0, 1, 1, 1]
    let equal = Weight(inputs: 1, perGroup: 1, elements: [0x1p60, 1, -0x1p60, 1, 0, 0])
    #expect(try areEqual(equal, shifts: [1], phases: phases, count: 2) == true)
    let other = Weight(inputs: 1, perGroup: 1, elements: [0x1p60, 1, -0x1p60, 0, 0, 0])
    #expect(try areEqual(other, shifts: [1], phases: phases, count: 2) == false)
    // The nearest numbers to a third of 0.3 and to 0.1 are not the same.
    let tenths = Weight(inputs: 1, perGroup: 1, elements: [0.1, 0.1, 0.1, 0.3, 0, 0].map { Double(Float($0)) })
    #expect(try areEqual(tenths, shifts: [1], phases: phases, count: 2) == false)
  }

  @Test(arguments: [Double.infinity, .nan])
  func `an element that is no number is equal to none`(element: Double) throws {
    let weight = Weight(inputs: 1, perGroup: 1, elements: [1, element])
    #expect(try areEqual(weight, shifts: [1], phases: [0, 1], count: 2) == false)
  }

  /// Small whole numbers, whose sums are often equal; what is expected is added up by coordinates.
  @Test(arguments: [1, 2, 3], [[0, 1], [0, 1, 0, 1], [0, 1, 2, 3], [0, 2, 1], [0, 0, 1, 1]])
  func `says of random weights what their sums by coordinates say`(groups: Int, phases: [Int]) throws {
    var generator = SeededGenerator(seed: UInt64(groups * 10 + phases.count))
    let (inputs, perGroup, count) = (2 * groups, 2, (phases.max() ?? 0) + 1)
    var found: Set<Bool> = []
    for _ in 0..<200 {
      let elements = (0..<inputs * perGroup * phases.count).map { _ in
        Double(Int.random(in: 0...2, using: &generator) / 2)
      }
      let shifts = (0..<inputs).map { _ in Double(Int.random(in: 0...1, using: &generator)) }
      let weight = Weight(inputs: inputs, perGroup: perGroup, groups: groups, elements: elements)
      let isEqual = sums(weight, shifts, phases, count).allSatisfy { Set($0).count == 1 }
      #expect(try areEqual(weight, shifts: shifts, phases: phases, count: count, pieces: [1, 5, 64]) == isEqual)
      found.insert(isEqual)
    }
    #expect(found == [true, false])
  }

  /// Per output channel and phase.
  private func sums(_ weight: Weight, _ shifts: [Double], _ phases: [Int], _ count: Int) -> [[Double]] {
    let inputsPerGroup = weight.inputs / weight.groups
    return (0..<weight.groups * weight.perGroup).map { channel in
      (0..<count).map { phase in
        var sum = 0.0
        for input in 0..<weight.inputs where input / inputsPerGroup == channel / weight.perGroup {
          for tap in phases.indices where phases[tap] == phase {
            sum += shifts[input] * weight[input, channel % weight.perGroup, tap]
          }
        }
        return sum
      }
    }
  }

  /// Whether phases are equal; nil where that depends on how the weight is cut into chunks, for which each size is
  /// tried where none is named.
  private func areEqual(
    _ weight: Weight, shifts: [Double], phases: [Int], count: Int, pieces: [Int]? = nil
  ) throws -> Bool? {
    let output = try #require(
      ChannelMap(
        pre: 1, groups: weight.groups, mid: weight.inputs / weight.groups, perGroup: weight.perGroup,
        post: weight.taps))
    let input = ChannelMap.rows(channels: weight.inputs, each: weight.perGroup * weight.taps)
    let stored = weight.elements.map { Float($0) }
    let results = Set(
      (pieces ?? Array(1...stored.count)).map { size in
        var sums = PhaseSums(
          shifts: shifts.map { DoubleDouble($0) }, phases: phases, count: count, input: input, output: output)
        for first in stride(from: 0, to: stored.count, by: size) {
          sums.observe(Array(stored[first..<min(first + size, stored.count)]).span, from: first)
        }
        return sums.areEqual
      })
    return results.count == 1 ? results.first : nil
  }
}
