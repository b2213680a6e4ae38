/// A value that is known before anything runs.
package struct FoldConstant: Sendable {
  package let name: String
  package let shape: [Int]

  /// The element type, nil for one that no fold is made of.
  package let storage: StorageType?

  /// The element type as the format calls it.
  package let typeName: String

  /// Whether the user asked for this value to stay as it is.
  package let isKept: Bool

  package init(name: String, shape: [Int], storage: StorageType?, typeName: String, isKept: Bool) {
    self.name = name
    self.shape = shape
    self.storage = storage
    self.typeName = typeName
    self.isKept = isKept
  }

  /// The product of the shape, which the format has checked against the stored bytes.
  package var elementCount: Int { shape.reduce(1, *) }
}

/// Gives the elements of constants when they are needed.
package protocol ConstantReader {
  /// The elements in row-major order, widened exactly.
  ///
  /// - Precondition: The constant has a storage type.
  func elements(of constant: ConstantID) throws -> [Double]
}
