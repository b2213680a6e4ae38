/// What working out a model's constants may take: a few hundred bytes can ask for more than memory holds.
///
/// All of it is counted over the whole model and known beforehand, so that what a plan says does not hang on the machine.
struct ComputationBudget {
  /// What a model may take beyond the size of its files.
  static let allowance = 1 << 24

  /// How many elements may be made, on the way too, for each byte that results may hold.
  ///
  /// A weight that is standardized or normalized when the model runs takes eight steps or so, of which each makes as many
  /// elements as the weight has; in half precision the file holds two bytes for each.
  static let elementsPerByte = 4

  /// The work of one node, in elements.
  static let elementsPerNode = 64

  /// The multiplications that take as long as making an element.
  static let productsPerElement = 16

  /// How many bytes results may hold, and how many elements may be made at a time.
  let limit: Int

  private var bytesLeft: Int
  private var elementsLeft: Int

  /// - Parameter fileBytes: The size of the model's files, which their reader has bounded.
  init(fileBytes: Int) {
    limit = fileBytes + Self.allowance
    bytesLeft = limit
    elementsLeft = limit * Self.elementsPerByte
  }

  /// Takes what working one constant out needs.
  ///
  /// - Parameters:
  ///   - bytes: What the result holds from then on.
  ///   - elements: How many elements are made, those on the way too; nil where that is not known.
  /// - Returns: Whether there was as much; nothing is taken where there was not.
  mutating func take(bytes: Int, elements: Int?) -> Bool {
    guard let elements, bytes <= bytesLeft, elements <= limit, elements <= elementsLeft else { return false }
    bytesLeft -= bytes
    elementsLeft -= elements
    return true
  }
}
