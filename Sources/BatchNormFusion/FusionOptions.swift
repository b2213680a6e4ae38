public import ProtobufIO

/// How a model is to be read and fused.
public struct FusionOptions: Sendable {
  /// Where the tensors of the written model are stored.
  public enum Storage: Sendable {
    /// Each as it was.
    case asRead
    /// All larger initializers in one data file beside the model.
    case external
    /// In the model itself, which then holds at most 2 GiB.
    case inline
  }

  /// Globs over node names and value names: a norm that none of them matches stays.
  ///
  /// Empty: all may fold.
  public var only: [String] = []

  /// Globs over node names and value names: a norm that one of them matches stays.
  public var skip: [String] = []

  /// Names of values that must stay as they are.
  public var keptValues: [String] = []

  /// Folds norms that were exported in training mode, with a warning.
  public var assumesInference = false

  /// Takes initializers that are also graph inputs (IR version 4 and later) as constants.
  public var freezesInitializers = false

  /// Writes nothing where any norm stays.
  public var isStrict = false

  /// Measures every fold for the report's certificates, which reads the weights once more.
  public var measures = false

  public var storage = Storage.asRead

  /// Waits until the written model, with its data, would survive a power cut.
  public var syncs = false

  /// Runs the original and the fused model and compares them before anything is written; nil does not.
  public var check: CheckOptions?

  /// Writes the model also where the check could not be made.
  public var allowsUnproven = false

  /// Further folders in which external data may lie.
  public var externalRoots: [FilePath] = []

  public init() {}
}
