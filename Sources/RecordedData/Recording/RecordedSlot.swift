/// An input or output of a model, as far as recorded values need to know it.
package struct RecordedSlot {
  package let name: String

  /// What kind of value it takes or gives.
  package let kind: RecordedValueFile.Kind

  /// Whether the model holds a value for it.
  package let hasDefault: Bool

  package init(name: String, kind: RecordedValueFile.Kind, hasDefault: Bool = false) {
    (self.name, self.kind, self.hasDefault) = (name, kind, hasDefault)
  }
}
