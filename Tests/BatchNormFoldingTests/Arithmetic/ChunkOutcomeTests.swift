import Testing

@testable import BatchNormFolding

@Suite struct ChunkOutcomeTests {
  @Test func `is finite while nothing is not`() {
    var outcome = ChunkOutcome()
    outcome.note(1, became: 0)
    #expect(outcome.isFinite)
    #expect(outcome == ChunkOutcome())
  }

  @Test(arguments: [Double.infinity, -.infinity, .nan])
  func `tells elements that overflow from those that were no finite numbers before`(element: Double) {
    var outcome = ChunkOutcome()
    outcome.note(1, became: element)
    #expect((outcome.newNonFinite, outcome.oldNonFinite) == (1, 0))
    outcome.note(element, became: element)
    #expect((outcome.newNonFinite, outcome.oldNonFinite) == (1, 1))
    outcome.note(element, became: 0)
    #expect((outcome.newNonFinite, outcome.oldNonFinite) == (1, 2))
    #expect(!outcome.isFinite)
  }

  @Test func `adds up`() {
    var sum = ChunkOutcome()
    var other = ChunkOutcome()
    other.note(1, became: .infinity)
    other.note(.nan, became: .nan)
    sum.merge(other)
    sum.merge(other)
    #expect((sum.newNonFinite, sum.oldNonFinite) == (2, 2))
  }
}
