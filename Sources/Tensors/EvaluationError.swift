/// Why a model cannot be run at all.
public struct EvaluationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of failure it is; open, so that a new one breaks no caller.
  public struct Code: Hashable, Sendable {
    let name: String

    /// An input is missing, unknown, or not what the model takes.
    public static let unsuitableInput = Code(name: "unsuitableInput")
    /// The model is not what its format allows.
    public static let invalidModel = Code(name: "invalidModel")
    /// A node cannot be executed.
    public static let notExecuted = Code(name: "notExecuted")
    /// A tensor does not hold what its shape and its kind say.
    public static let unsuitableTensor = Code(name: "unsuitableTensor")
    /// A run used all that one of its limits lets it use.
    public static let limitReached = Code(name: "limitReached")
    /// A library that was asked for cannot be used.
    public static let noLibrary = Code(name: "noLibrary")
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }

  /// The same error, said of a file.
  public func located(at path: String) -> EvaluationError {
    code == .noLibrary || code == .limitReached ? self : EvaluationError(code, "\(path): \(message)")
  }
}
