/// An element type that whatever absorbs a map must have, and all that the map passes.
package struct TypeBound: Sendable {
  /// nil for a type that no fold is made of.
  let storage: StorageType?

  /// The type as the format calls it.
  let typeName: String

  /// What is of that type, as the subject of a sentence, such as `its gamma`.
  let subject: String

  package init(_ storage: StorageType?, named typeName: String, of subject: String) {
    self.storage = storage
    self.typeName = typeName
    self.subject = subject
  }

  /// The type of a constant, which the map is made of.
  init(of constant: FoldConstant, _ subject: String) {
    self.init(constant.storage, named: constant.typeName, of: subject)
  }
}
