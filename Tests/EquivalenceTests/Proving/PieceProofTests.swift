import Tensors
import Testing

@testable import Equivalence

@Suite struct PieceProofTests {
  private let piece = FoldPiece(
    originalActivation: "x", candidateActivation: "x", originalValue: "y", candidateValue: "y", kind: .float32,
    likelyShape: [4])

  /// What is found of a candidate that adds a number to 1 instead of the original's 1.
  private func drift(_ candidate: FakeModel, moved: FakeModel? = nil) throws -> ValueDrift {
    let original = FakeModel()
    let aligned = AlignedCandidate(candidate, moved: moved.map { moved in { _ in moved } }, pieces: [piece])
    var proof = PieceProof(original, aligned)
    proof.begin(with: ["x": vector([1, 1])])
    try proof.take("y", wide: vector([2, 2]), own: vector([2, 2]))
    let found = try #require(try proof.drifts(seed: 0).first)
    #expect(found.activations == .run)
    return found.drift
  }

  @Test func `an exact fold is within every limit`() throws {
    let drift = try drift(FakeModel())
    #expect(drift.share == 0 && drift.isWithinLimit)
  }

  @Test func `a fold may be off by eight roundings in float64`() throws {
    // A unit in the last place of 2 is 2⁻²².
    #expect(try drift(FakeModel(float64: 1 + 0x1p-19)).share == 1)
    let far = try drift(FakeModel(float64: 1 + 0x1p-18))
    #expect(far.share == 2 && !far.isWithinLimit && far.worstPrecision == .float64 && far.worstError == 0x1p-18)
  }

  @Test func `where it is farther off, by what the last places of its parameters move besides`() throws {
    let (candidate, moved) = (FakeModel(float64: 1 + 0x1p-18), FakeModel(float64: 1 + 0x1p-17))
    let drift = try drift(candidate, moved: moved)
    #expect(drift.allowed == 0x1p-19 + 0x1p-18 && drift.isWithinLimit)
  }

  @Test func `the last places count where the fold is far off only`() throws {
    struct Unneeded: Error {}
    let aligned = AlignedCandidate(FakeModel(), moved: { _ in throw Unneeded() }, pieces: [piece])
    var proof = PieceProof(FakeModel(), aligned)
    proof.begin(with: ["x": vector([1])])
    try proof.take("y", wide: vector([2]), own: vector([2]))
    #expect(try proof.drifts(seed: 0).map(\.drift.share) == [0])
  }

  @Test func `a fold that no run reached is run on made-up activations`() throws {
    let proof = PieceProof(FakeModel(), AlignedCandidate(FakeModel(own: 2), pieces: [piece]))
    let found = try #require(try proof.drifts(seed: 0).first)
    #expect(found.activations == .seeded && !found.drift.isWithinLimit && found.drift.worstPrecision == .own)
  }
}
