/// A way on which bytes from a stranger enter the program.
package enum FuzzTarget: String, CaseIterable, Sendable {
  /// The scan of the wire format, and the message tree that is made of what it lets through.
  case scan
  /// Reading, planning and writing; what was written is read again.
  case fuse
  /// The same with tensors in data files.
  case external
  /// Recorded values: messages of a tensor, a sequence and an optional, and numpy's files.
  case recorded
  /// The evaluator and the comparison of two models, on small budgets.
  case check
}

/// A promise that one input shows to be broken.
package struct BrokenPromise: Error, CustomStringConvertible {
  package let description: String
}
