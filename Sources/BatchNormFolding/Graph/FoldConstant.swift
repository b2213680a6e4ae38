package import Tensors

/// A value that is known before anything runs.
package struct FoldConstant: Sendable {
  private let nameBytes: [UInt8]
  package let shape: [Int]

  /// The element type, nil for one that no fold is made of.
  package let storage: StorageType?

  /// The element type as the format calls it.
  package let typeName: String

  /// Whether the user asked for this value to stay as it is.
  package let isKept: Bool

  /// What its elements are stored as whole multiples of: one number for all, or one for each place of its last axis; nil
  /// for plain numbers, and where a fold could not store others.
  package var steps: [Double]?

  /// Whether more than one operator reads it, so that a fold of one of them needs a copy.
  package var isShared = false

  package init(name: String, shape: [Int], storage: StorageType?, typeName: String, isKept: Bool) {
    self.init(name: Array(name.utf8), shape: shape, storage: storage, typeName: typeName, isKept: isKept)
  }

  package init(name: [UInt8], shape: [Int], storage: StorageType?, typeName: String, isKept: Bool) {
    nameBytes = name
    self.shape = shape
    self.storage = storage
    self.typeName = typeName
    self.isKept = isKept
  }

  package var name: String { String(decoding: nameBytes, as: UTF8.self) }

  /// The product of the shape, which the format has checked against the stored bytes.
  package var elementCount: Int { shape.reduce(1, *) }
}

/// Looks at the elements of a constant, chunk by chunk.
package protocol ElementVisitor {
  /// - Parameters:
  ///   - chunk: Row-major elements.
  ///   - first: The index of the chunk's first element in the whole constant.
  mutating func observe<Element: StoredElement>(_ chunk: Span<Element>, from first: Int)
}

/// Gives the elements of constants when they are needed.
package protocol ConstantReader {
  /// The elements in row-major order, widened exactly.
  ///
  /// - Precondition: The constant has a storage type.
  func elements(of constant: ConstantID) throws -> [Double]

  /// Shows a visitor every element, in order.
  ///
  /// - Precondition: The constant has a storage type.
  func visit<Visitor: ElementVisitor>(_ constant: ConstantID, by visitor: inout Visitor) throws

  /// Why the integers of an operator's quantized weight cannot have the other sign in some channels, nil where they can.
  func obstacle(toNegating channels: [Int], of linear: OperatorID) throws -> DeclineReason?
}
