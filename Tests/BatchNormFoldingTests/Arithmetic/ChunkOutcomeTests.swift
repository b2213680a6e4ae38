import Testing

@testable import BatchNormFolding

@Suite struct ChunkOutcomeTests {
  @Test func `adds up and is finite while nothing is not`() {
    var sum = ChunkOutcome()
    var other = ChunkOutcome()
    other.newSubnormals = 2
    sum.merge(other)
    sum.merge(other)
    #expect(sum.newSubnormals == 4)
    #expect(sum.isFinite)
    other.oldNonFinite = 1
    sum.merge(other)
    #expect(!sum.isFinite)
    #expect((sum.oldNonFinite, sum.newNonFinite, sum.newSubnormals) == (1, 0, 6))
  }

  @Test func `is not finite where an element overflowed`() {
    var outcome = ChunkOutcome()
    outcome.newNonFinite = 1
    #expect(!outcome.isFinite)
  }
}
