/// What came of writing a model.
package struct WrittenModel {
  /// Why a data file of the model that was replaced stays although no other model was seen to name it, in one
  /// sentence; nil where none does.
  package let keptDataFile: String?
}
