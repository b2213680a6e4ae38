import BatchNormFolding
import ONNXModel
import ProtobufIO
import RecordedData

/// The elements of constants that nodes make or that are stored sparsely, as they were found when an operator needed
/// them.
final class ComputedConstants {
  /// Little-endian.
  var bytes: [ConstantID: [UInt8]] = [:]

  /// Of a constant that is stored sparsely, the index of each stored element among all.
  var places: [ConstantID: [Int]] = [:]

  /// Constants of which the budget has not allowed the elements.
  private(set) var refused: Set<ConstantID> = []

  private let document: ONNXDocument
  private lazy var budget = ComputationBudget(fileBytes: document.storedBytes)

  /// Repeated elements that were taken from the budget.
  private var spread: Set<ConstantID> = []

  init(_ document: ONNXDocument) { self.document = document }

  /// Takes from the budget what a result needs.
  ///
  /// - Returns: Whether there was as much.
  func takes(bytes: Int, elements: Int?) -> Bool { budget.take(bytes: bytes, elements: elements) }

  /// Takes from the budget what a constant needs, which is not asked for again where there is not as much.
  func takes(_ constant: ConstantID, bytes: Int, elements: Int?) -> Bool {
    guard !refused.contains(constant), takes(bytes: bytes, elements: elements) else {
      refused.insert(constant)
      return false
    }
    return true
  }

  /// Takes from the budget what holding the elements of a constant needs that repeats one, once.
  func takesRepeated(_ constant: ConstantID, bytes: Int, elements: Int) -> Bool {
    guard !spread.contains(constant) else { return true }
    guard takes(constant, bytes: bytes, elements: elements) else { return false }
    spread.insert(constant)
    return true
  }
}

extension ONNXDocument {
  /// The size of the model's file and of what it names in others.
  ///
  /// - Complexity: O(parts of the model).
  fileprivate var storedBytes: Int {
    allTensors().reduce(tree.source.size) { bytes, tensor in
      bytes + (tensor.isExternal ? tensor.content?.byteCount ?? 0 : 0)
    }
  }
}
