import ProtobufIO
import ProtobufIOTests
import Testing

@testable import FuzzTargets

struct WireMutatorTests {
  private let model: [UInt8]

  init() throws { model = try #require(fileBytes(Fixtures.handmade("if_bodies"))) }

  @Test func `a changed model is another one, and well-formed`() throws {
    var changes = Set<[UInt8]>()
    for seed in 0..<200 as Range<UInt64> {
      var mutator = WireMutator(seed: seed) { Array($0.reversed()) }
      guard let changed = mutator.mutated(model) else { continue }
      #expect(WireTree(changed) != nil, "seed \(seed)")
      changes.insert(changed)
    }
    #expect(changes.count > 100)
  }

  @Test func `the same seed changes a model alike`() {
    func changed() -> [UInt8]? {
      var mutator = WireMutator(seed: 7) { $0 + [1] }
      return mutator.mutated(model)
    }
    #expect(changed() == changed())
  }

  @Test func `a model takes parts of another`() throws {
    let donor = try #require(fileBytes(Fixtures.handmade("gemm_full")))
    let crossed = (0..<200 as Range<UInt64>).compactMap { seed in
      var mutator = WireMutator(seed: seed) { $0 }
      return mutator.crossed(model, with: donor)
    }
    #expect(crossed.count > 100)
    #expect(crossed.allSatisfy { WireTree($0) != nil })
    #expect(crossed.contains { String(decoding: $0, as: UTF8.self).contains("Gemm") })
  }

  @Test func `what is no message is not changed`() {
    var mutator = WireMutator(seed: 1) { $0 }
    #expect(mutator.mutated([1, 2, 3]) == nil)
    #expect(mutator.crossed([1, 2, 3], with: model) == nil)
  }
}
