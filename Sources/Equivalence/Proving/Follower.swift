import Tensors

/// Leads a model after another one: as far as each value that it makes can be compared at once.
///
/// A value of the other is held only from where that makes it to where this one does.
struct Follower<Model: Evaluator> {
  typealias Made = RunPair<Model>.Made

  private(set) var runs: RunPair<Model>
  /// The leader's name of each value that both make, by this one's.
  private let shared: [String: String]
  private let wanted: Set<String>
  private var made: Set<String> = []
  private var pending: [String: Made] = [:]

  init(_ runs: RunPair<Model>, _ shared: [String: String]) {
    self.runs = runs
    self.shared = shared
    wanted = Set(shared.values)
  }

  /// Follows the leader.
  ///
  /// - Parameters:
  ///   - step: What the leader did; nil where it is at its end.
  ///   - compare: Called with each value that both have made, the leader's first.
  mutating func follow(_ step: RunPair<Model>.Step?, _ compare: (_ leading: Made, _ following: Made) throws -> Void)
    throws
  {
    made.formUnion(step?.outputs ?? [])
    for value in step?.values ?? [] where wanted.contains(value.name) { pending[value.name] = value }
    while let next = runs.nextOutputs, step == nil || next.allSatisfy({ shared[$0].map(made.contains) ?? true }),
      let own = try runs.step()
    {
      for value in own.values {
        if let leading = shared[value.name].flatMap({ pending.removeValue(forKey: $0) }) {
          try compare(leading, value)
        }
      }
    }
  }

  /// The outputs, by precision.
  ///
  /// - Precondition: The leader is at its end.
  mutating func takeOutputs() throws -> [Precision: [Value?]] { try runs.takeOutputs() }
}
