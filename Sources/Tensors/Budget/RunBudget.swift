import Synchronization

/// What the runs of a check have used so far, against its limits.
///
/// Every thread that runs a part of the check counts here. A limit that was met stays met: whatever becomes of the
/// error, the check knows that it did not see the whole.
package final class RunBudget: Sendable {
  private struct Use {
    var held = 0
    var nodes = 0
    var trips = 0
    var operations = 0
    /// The bytes that may be held, and the operations that may be counted, where the limits do not say.
    var memory: Int
    var allowed: Int
    var exhaustion: EvaluationError?
  }

  /// What an element that is read or made counts as, where a multiplication of a product counts as one.
  package static let operationsPerElement = 64

  package let limits: EvaluationLimits

  /// The bytes of memory that the machine lets tensors take.
  private let available: Int
  private let modelBytes: Int
  private let use: Mutex<Use>

  /// - Parameters:
  ///   - available: The bytes of memory that tensors may take where the limits do not say.
  ///   - modelBytes: The bytes of the model's tensors.
  package init(_ limits: EvaluationLimits = EvaluationLimits(), available: Int = .max, modelBytes: Int = 0) {
    self.limits = limits
    self.available = available
    self.modelBytes = modelBytes
    use = Mutex(Use(memory: Self.memory(forBytes: modelBytes), allowed: Self.operations(forBytes: modelBytes)))
  }

  /// The error of the first limit that was met, nil where none was.
  package var exhaustion: EvaluationError? { use.withLock { $0.exhaustion } }

  /// The bytes that tensors hold.
  package var heldBytes: Int { use.withLock { $0.held } }

  /// Begins to count anew, for another set of inputs; what is held stays counted.
  ///
  /// - Parameter areMade: Whether the inputs were made of what the model says of them, which costs it nothing to say.
  package func begin(inputBytes: Int, areMade: Bool = false) {
    use.withLock { use in
      (use.nodes, use.trips, use.operations) = (0, 0, 0)
      let memory = inputBytes.multipliedClamped(by: Self.memoryPerByte)
      let operations = inputBytes.multipliedClamped(by: Self.operationsPerByte)
      use.memory = Self.memory(forBytes: modelBytes)
        .addingClamped(areMade ? min(memory, Self.mostMemoryForMadeInputs) : memory)
      use.allowed = Self.operations(forBytes: modelBytes)
        .addingClamped(areMade ? min(operations, Self.mostOperationsForMadeInputs) : operations)
    }
  }

  private static func memory(forBytes bytes: Int) -> Int {
    bytes.multipliedClamped(by: memoryPerByte).addingClamped(leastMemory)
  }

  private static func operations(forBytes bytes: Int) -> Int {
    bytes.multipliedClamped(by: operationsPerByte).addingClamped(leastOperations)
  }

  /// Takes memory, which `release` gives back.
  func hold(bytes: Int) throws(EvaluationError) {
    try update { use throws(EvaluationError) in
      try checkMemory(bytes, use)
      use.held += bytes
    }
  }

  func release(bytes: Int) { use.withLock { $0.held -= bytes } }

  /// Checks that memory could be taken now.
  package func check(bytes: Int) throws(EvaluationError) {
    try update { use throws(EvaluationError) in try checkMemory(bytes, use) }
  }

  /// Counts a node that is executed.
  package func countNode() throws(EvaluationError) {
    try update { use throws(EvaluationError) in
      use.nodes += 1
      try Self.check(use.nodes, limits.nodes, "nodes")
    }
  }

  /// Checks how many nodes of a model are prepared.
  package func check(prepared count: Int) throws(EvaluationError) {
    guard count > limits.prepared else { return }
    try update { _ throws(EvaluationError) in try Self.check(count, limits.prepared, "prepared") }
  }

  /// Counts a trip of a loop.
  package func countTrip() throws(EvaluationError) {
    try update { use throws(EvaluationError) in
      use.trips += 1
      try Self.check(use.trips, limits.trips, "trips")
    }
  }

  /// Checks how deep bodies and functions are within each other.
  package func check(depth: Int) throws(EvaluationError) {
    guard depth > limits.depth else { return }
    try update { _ throws(EvaluationError) in try Self.check(depth, limits.depth, "depth") }
  }

  /// Counts multiplications that a node is about to make.
  package func count(operations: Int) throws(EvaluationError) {
    try update { use throws(EvaluationError) in
      use.operations = use.operations.addingClamped(operations)
      try Self.check(use.operations, limits.operations ?? use.allowed, "operations")
    }
  }

  private static let operationsPerByte = 1_000_000
  private static let leastOperations = 20_000_000_000
  private static let mostOperationsForMadeInputs = 200_000_000_000
  private static let memoryPerByte = 1024
  private static let leastMemory = 512 << 20
  private static let mostMemoryForMadeInputs = 4 << 30

  private func checkMemory(_ bytes: Int, _ use: Use) throws(EvaluationError) {
    let limit = limits.memory ?? min(available, use.memory)
    guard use.held.addingClamped(bytes) > limit else { return }
    throw EvaluationError(
      .limitReached,
      "the limit on memory of \(limit) bytes is reached: \(use.held) are held and \(bytes) more are asked for (--memory)"
    )
  }

  private static func check(_ count: Int, _ limit: Int, _ name: String) throws(EvaluationError) {
    guard count > limit else { return }
    throw EvaluationError(.limitReached, "the limit \(name)=\(limit) is reached (--limit)")
  }

  /// Counts, and remembers the first limit that was met.
  private func update(_ change: (inout Use) throws(EvaluationError) -> Void) throws(EvaluationError) {
    let exhaustion = use.withLock { use -> EvaluationError? in
      if use.exhaustion == nil {
        do throws(EvaluationError) { try change(&use) } catch { use.exhaustion = error }
      }
      return use.exhaustion
    }
    if let exhaustion { throw exhaustion }
  }
}

extension Int {
  /// The sum, or the largest integer where it is larger.
  package func addingClamped(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// The product of two counts, or the largest integer where it is larger.
  package func multipliedClamped(by other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
