import Tensors
import Testing

@testable import BatchNormFolding

@Suite struct LinearDraftTests {
  /// Scales and shifts by numbers that float32 holds.
  private static let map = ChannelAffine(channels: 2, steps: [.multiplication([2, 4]), .addition([1, -1])])

  @Test func `what stands behind is applied after what stood there`() throws {
    var draft = Self.draft(bias: [3, 5])
    #expect(draft.absorb(behind: Self.map) == nil)
    #expect(draft.absorb(behind: .scaling([10, 10])) == nil)
    let fold = try Self.fold(draft)
    #expect(fold.bias?.values == [70, 190] && fold.weights([1, 1, 1, 1]) == [20, 20, 40, 40])
  }

  @Test func `what stands before is applied before what stood there`() throws {
    var draft = Self.draft(bias: [3, 5])
    // The nearest map comes first: the input is 2 · (3 · x) + 1 and so on.
    #expect(draft.absorb(before: Self.map) == nil)
    #expect(draft.absorb(before: .scaling([3, 5])) == nil)
    let fold = try Self.fold(draft)
    #expect(fold.weights([1, 1, 1, 1]) == [6, 20, 6, 20])
    // The weight counts from 1: 1 · 1 − 1 · 2 and 1 · 3 − 1 · 4 more.
    #expect(fold.bias?.values == [2, 4])
  }

  @Test func `what stands beside adds to its elements and to the bias`() throws {
    var draft = Self.draft(bias: [3, 5])
    #expect(draft.absorb(beside: Self.map) == nil)
    #expect(draft.absorb(behind: .scaling([10, 10])) == nil)
    let fold = try Self.fold(draft)
    #expect(fold.weights([1, 1, 1, 1]) == [30, 10, 10, 50])
    #expect(fold.bias?.values == [40, 40])
  }

  /// `W · (2 · x + 1) + (2 · (2 · x + 1) + 1)`, and so on.
  @Test func `what stands before is before what stands beside, too`() throws {
    var draft = Self.draft(bias: [3, 5])
    #expect(draft.absorb(beside: Self.map) == nil)
    #expect(draft.absorb(before: Self.map) == nil)
    let fold = try Self.fold(draft)
    #expect(fold.weights([1, 1, 1, 1]) == [2 + 4, 4, 2, 4 + 16])
    // What was there, the weight 1 · 1 − 2 · 1 and 3 · 1 − 4 · 1 more, and 2 · 1 + 1 and 4 · −1 − 1.
    #expect(fold.bias?.values == [3 - 1 + 3, 5 - 1 - 5])
  }

  @Test func `several maps may stand beside`() throws {
    var draft = Self.draft(bias: [3, 5])
    #expect(draft.absorb(beside: Self.map) == nil)
    #expect(draft.absorb(behind: .scaling([10, 10])) == nil)
    #expect(draft.absorb(beside: Self.map) == nil)
    let fold = try Self.fold(draft)
    #expect(fold.weights([1, 1, 1, 1]) == [10 + 22, 10, 10, 10 + 44])
    #expect(fold.bias?.values == [30 + 11, 50 - 11])
  }

  @Test func `nothing stands beside where something stands before`() {
    var other = Self.draft()
    #expect(other.absorb(before: Self.map) == nil)
    #expect(other.absorb(beside: Self.map)?.code == .noLinearProducer)
  }

  /// Every kind of map, in every order of two, after a first one of each kind.
  @Test(arguments: ["behind", "before", "beside"], ["behind", "before"])
  func `a checkpoint undoes all that was absorbed since`(first: String, second: String) throws {
    var draft = Self.draft(bias: [3, 5])
    Self.absorb(first, into: &draft)
    draft.note([OperatorID(1)])
    let before = try Self.fold(draft)
    let checkpoint = draft.checkpoint
    Self.absorb(second, into: &draft)
    Self.absorb("behind", into: &draft)
    draft.offer(holder: OperatorID(7), steps: nil)
    draft.note([OperatorID(2), OperatorID(3)])
    draft.restore(checkpoint)
    #expect(draft.operators == [OperatorID(1)] && draft.holder == nil)
    let after = try Self.fold(draft)
    let stored = [1.0, 3, 5, 7]
    #expect(after.weights(stored) == before.weights(stored) && after.bias?.values == before.bias?.values)
    #expect(after.scalesWeight == before.scalesWeight)
    // Later maps do the same as if nothing had been between.
    Self.absorb("behind", into: &draft)
    var plain = Self.draft(bias: [3, 5])
    Self.absorb(first, into: &plain)
    Self.absorb("behind", into: &plain)
    #expect(try Self.fold(draft).weights(stored) == Self.fold(plain).weights(stored))
    #expect(try Self.fold(draft).bias?.values == Self.fold(plain).bias?.values)
  }

  @Test func `the first addition that offers itself holds the bias`() throws {
    var draft = Self.draft(hasSlot: false)
    #expect(draft.absorb(behind: Self.map) == nil)
    #expect(try Self.fold(draft).bias?.holder == .inserted)
    draft.offer(holder: OperatorID(4), steps: nil)
    draft.offer(holder: OperatorID(5), steps: nil)
    #expect(try Self.fold(draft).bias?.holder == .addition(OperatorID(4)))
    #expect(draft.absorb(behind: .scaling([0, 0])) == nil)
    #expect(try Self.fold(draft).bias == nil)
  }

  @Test func `no weight changes where maps scale by 1`() throws {
    var draft = Self.draft()
    #expect(draft.absorb(behind: .shifting([1, 2])) == nil && draft.absorb(before: .shifting([3, 4])) == nil)
    #expect(!draft.scalesWeight)
    let checkpoint = draft.checkpoint
    #expect(draft.absorb(before: .scaling([1, 2])) == nil)
    #expect(draft.scalesWeight)
    draft.restore(checkpoint)
    #expect(draft.absorb(beside: .scaling([1, 1])) != nil)
    #expect(!draft.scalesWeight)
  }

  @Test func `a bias past the range of its type is refused, and what was there stays`() throws {
    var draft = Self.draft(bias: [3, 3e38])
    let checkpoint = draft.checkpoint
    let reason = DeclineReason(.overflowsStorage, "the bias of channel 1 would be past the float32 range")
    #expect(draft.absorb(behind: .scaling([2, 2])) == reason)
    draft.restore(checkpoint)
    #expect(try Self.fold(draft).bias?.values == [3, NumberFormat(.float32).near(3e38)])
  }

  /// That of a map before the operator is known when the whole weight was read.
  @Test func `a bias that overflows by a map before the operator is refused in the end`() throws {
    var draft = Self.draft()
    #expect(draft.absorb(before: .shifting([3e38, 3e38])) == nil)
    switch try draft.finished(norms: [], constants: Self.constants) {
    case .success: Issue.record("it overflows")
    case .failure(let refusal):
      #expect(
        refusal.reason == DeclineReason(.overflowsStorage, "the bias of channel 0 would be past the float32 range"))
    }
  }

  @Test func `a weight that was seen to overflow takes in nothing before or beside`() {
    var options = PlanOptions()
    options.overflowing = [OperatorID(0)]
    let reason = DeclineReason(.overflowsStorage, "the weight 'w' would be past the float32 range")
    var draft = Self.draft(options: options)
    #expect(draft.absorb(behind: Self.map) == nil)
    let checkpoint = draft.checkpoint
    #expect(draft.absorb(before: Self.map) == reason)
    draft.restore(checkpoint)
    #expect(draft.absorb(beside: Self.map) == reason)
  }

  // MARK: - Making drafts

  private static var constants: StoredConstants { StoredConstants([[1, 2, 3, 4]]) }

  /// A draft of a convolution with a weight `[2, 2, 1, 1]`.
  private static func draft(
    bias: [Double]? = nil, hasSlot: Bool = true, options: PlanOptions = PlanOptions()
  ) -> LinearDraft {
    var builder = GraphBuilder()
    _ = builder.mixer(builder.value("x"), bias: bias, hasSlot: hasSlot, hasIdentity: true)
    guard let linear = builder.graph[OperatorID(0)].linear else { preconditionFailure("a mixer must be linear") }
    let stored = (bias ?? []).map { NumberFormat(.float32).near($0) }
    return LinearDraft(
      OperatorID(0), linear, bias: stored, norm: nil, storage: .float32, weightName: "w", options: options)
  }

  private static func absorb(_ place: String, into draft: inout LinearDraft) {
    switch place {
    case "behind": #expect(draft.absorb(behind: map) == nil)
    case "before": #expect(draft.absorb(before: map) == nil)
    default: #expect(draft.absorb(beside: map) == nil)
    }
  }

  private static func fold(_ draft: LinearDraft) throws -> Fold {
    try draft.finished(norms: [], constants: constants).get()
  }
}
