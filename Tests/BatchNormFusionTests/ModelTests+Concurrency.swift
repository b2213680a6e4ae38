import BatchNormFusion
import Dispatch
import ProtobufIO
import ProtobufIOTests
import Testing

/// Different models on different threads of one process: they share nothing that is written.
extension ModelTests {
  /// What a fusion leaves: the verdict of its check and the bytes that it wrote.
  private struct Outcome: Equatable, Sendable {
    let verdict: String?
    let bytes: [UInt8]?
  }

  private func outcome(of name: String, at place: String) -> Outcome {
    var options = FusionOptions()
    options.check = CheckOptions()
    options.allowsUnproven = true
    let target = "\(place)/\(name).onnx"
    let report = try? Model(at: Fixtures.handmade(name), options: options).fuse(to: folder.path(target))
    return Outcome(verdict: report?.check.map { "\($0.verdict)" }, bytes: folder.bytes(target))
  }

  @Test func `models that are fused and checked at once come out as one after the other`() {
    let names = Fixtures.handmadeNames
    for place in ["alone", "first", "second"] { folder.make(place) }
    let alone = names.map { outcome(of: $0, at: "alone") }
    #expect(alone.count { $0.bytes != nil } > names.count / 2)
    for round in ["first", "second"] {
      let results = OutcomeList(count: names.count)
      DispatchQueue.concurrentPerform(iterations: names.count) { index in
        results[index] = outcome(of: names[index], at: round)
      }
      for (index, name) in names.enumerated() { #expect(results[index] == alone[index], "\(name)") }
    }
  }

  // Each index is written by one thread, under a lock that the thread sanitizer knows.
  private final class OutcomeList: @unchecked Sendable {
    private let queue = DispatchQueue(label: "outcomes")
    private var outcomes: [Outcome?]

    init(count: Int) { outcomes = Array(repeating: nil, count: count) }

    subscript(index: Int) -> Outcome? {
      get { queue.sync { outcomes[index] } }
      set { queue.sync { outcomes[index] = newValue } }
    }
  }
}
