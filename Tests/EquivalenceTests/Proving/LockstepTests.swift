import Testing

@testable import Equivalence

@Suite struct LockstepTests {
  /// A unit in the last place of numbers from 2 to 4 is 2⁻²².
  private let far = FakeModel(float64: 1 + 0x1p-18)

  /// The drift of a candidate that adds another number than the original's 1.
  private func drift(_ candidate: FakeModel, moved: ((Int) throws -> FakeModel)? = nil) throws -> ValueDrift {
    var lockstep = Lockstep(FakeModel(), AlignedCandidate(candidate, moved: moved))
    _ = try lockstep.run(["x": vector([1, 1.5])])
    try lockstep.lookCloser(["x": vector([1, 1.5])])
    return try #require(lockstep.drifts.first)
  }

  @Test func `a value may be off by eight roundings in float64`() throws {
    #expect(try drift(FakeModel(float64: 1 + 0x1p-20)).isWithinLimit)
    let drift = try drift(far)
    #expect(!drift.isWithinLimit && drift.worstPrecision == .float64 && drift.worstError == 0x1p-18)
  }

  @Test func `where it is farther off, by what the last places of its parameters move besides`() throws {
    let drift = try drift(far) { _ in FakeModel(float64: 1 + 0x1p-17) }
    #expect(drift.isWithinLimit && drift.allowed == 8 * (2.5 * 0x1p-23 + 0x1p-21))
  }

  @Test func `parameters are moved eight times at most, and only until the value is within its limit`() throws {
    var seeds: [Int] = []
    #expect(
      try drift(far) { seed in
        seeds.append(seed)
        return FakeModel(float64: 1 + 0x1p-18 + (seed == 2 ? 0x1p-17 : 0))
      }.isWithinLimit)
    #expect(seeds == [0, 1, 2])
    seeds = []
    #expect(
      try !drift(far) { seed in
        seeds.append(seed)
        return far
      }.isWithinLimit)
    #expect(seeds == Array(0..<8))
    seeds = []
    _ = try drift(FakeModel()) { seed in
      seeds.append(seed)
      return far
    }
    #expect(seeds.isEmpty)
  }

  @Test func `looking closer can be cancelled`() throws {
    struct Enough: Error {}
    var lockstep = Lockstep(FakeModel(), AlignedCandidate(far, moved: { _ in far }))
    _ = try lockstep.run(["x": vector([1, 1.5])])
    #expect(throws: Enough.self) {
      try lockstep.lookCloser(["x": vector([1, 1.5])]) { nodes in
        #expect(nodes == 0)
        throw Enough()
      }
    }
  }
}
