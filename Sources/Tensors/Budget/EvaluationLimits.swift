/// What the runs of a model may use.
///
/// A run that meets one of them ends, and what was asked for is `not-run`: nothing is shown by less than the whole.
public struct EvaluationLimits: Equatable, Sendable {
  /// The bytes that all tensors may hold at one time.
  ///
  /// nil for half of what the machine has free, and at most 512 MiB and 1,024 bytes for each byte of the model and its
  /// inputs: no network makes more of so little. For inputs that are made at random those are at most 4 GiB.
  public var memory: Int?

  /// The nodes that are executed on one set of inputs, those of bodies and functions each time that they are.
  public var nodes = 1_000_000

  /// The nodes of a model's graphs, those of a function once for each call that makes it another one.
  public var prepared = 500_000

  /// The trips of all loops on one set of inputs.
  public var trips = 200_000

  /// How deep functions and bodies call each other.
  public var depth = 64

  /// The multiplications on one set of inputs; the elements that nodes read and make count as 64 each, and those of
  /// functions such as the exponential as 100 to 400 more.
  ///
  /// nil for 20 billion and a million for each byte of the model and its inputs, of inputs that are made at random at
  /// most 200 billion.
  public var operations: Int?

  public init() {}

  /// The limits that are numbers, by the names by which a user moves them.
  public static let names = ["depth", "nodes", "operations", "prepared", "trips"]

  /// Sets a limit by its name.
  ///
  /// - Returns: Whether there is one of that name.
  public mutating func set(_ name: String, to value: Int) -> Bool {
    switch name {
    case "depth": depth = value
    case "nodes": nodes = value
    case "operations": operations = value
    case "prepared": prepared = value
    case "trips": trips = value
    default: return false
    }
    return true
  }
}
