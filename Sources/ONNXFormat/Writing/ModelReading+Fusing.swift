package import BatchNormFolding
import ModelGraph
package import ONNXModel
package import ProtobufIO
import RecordedData
package import Tensors

/// The edits that carry a plan into a model, as a value: a document with them is made whenever one is asked for.
package struct ModelEdits {
  private let reading: ModelReading
  private let patch: ModelPatch

  package let renamings: [Renaming]

  /// The number of nodes of all graphs and functions once the edits are made.
  package let nodeCount: Int

  /// Whether the model stays what it is.
  package let isEmpty: Bool

  init(_ reading: ModelReading, _ patch: ModelPatch, of plan: FoldPlan) {
    self.reading = reading
    isEmpty = plan.isEmpty && !patch.writesInference
    self.patch = patch
    renamings = patch.renamings
    nodeCount = patch.edits.reduce(reading.nodeCount) { count, edit in
      switch edit {
      case .removeNode: count - 1
      case .addNode: count + 1
      case .addTensor(let tensor): reading.canHoldInitializer(tensor) ? count : count + 1
      default: count
      }
    }
  }

  /// Tells each edit in a line, for people.
  package func forEachText(_ tell: (String) -> Void) {
    let teller = EditTeller(patch.graph)
    for edit in patch.edits { tell(teller.text(of: edit)) }
  }

  /// Warnings about one fold that only its edits bring up.
  package func warnings(ofFold index: Int) -> [FoldWarning] { patch.warnings[index] ?? [] }

  /// The value that a fold's linear operator will write.
  package func outputName(of linear: OperatorID) -> String? { patch.newOutputNames[linear]?.description }

  /// The value that the addition behind a fold's linear operator will write; nil where there is none.
  package func biasedOutputName(of linear: OperatorID) -> String? { patch.biasedOutputNames[linear]?.description }

  /// Whether a constant stands in the place of a norm.
  package func isStored(_ norm: OperatorID) -> Bool { patch.storedNorms.contains(norm) }

  /// Writes the model with the edits.
  ///
  /// - Parameters:
  ///   - syncs: Whether the result has to survive a power cut.
  ///   - beforeCommit: Called with the model's size when everything is written but nothing can be seen yet; an error
  ///     abandons the model.
  /// - Returns: What was written, nil where a weight was not finite.
  package func write(
    to path: FilePath, policy: StoragePolicy, syncs: Bool, progress: ((Int, Int) -> Void)?,
    beforeCommit: (Int) throws -> Void
  ) throws -> WrittenModel? {
    // The edited document goes before a report is made.
    let commit = try ModelWriter(try applied(), through: reading.buffer, syncs: syncs, progress: progress)
      .written(to: path, policy: policy)
    guard patch.weights.allSatisfy({ $0.outcome.isFinite }) else { return nil }
    try beforeCommit(commit.model.size)
    return WrittenModel(keptDataFile: try commit.make())
  }

  /// The document with the edits; that which was read stays as it is.
  ///
  /// What an edit makes of a weight is worked out whenever that is read.
  ///
  /// - Complexity: O(parts of the model).
  package func applied() throws(ModelFileError) -> ONNXDocument { try reading.edited(by: patch) }

  /// The size that the model would have with the edits.
  package func size(at path: FilePath, policy: StoragePolicy) throws(ModelFileError) -> Int {
    try ModelWriter(try applied(), through: reading.buffer).size(at: path, under: policy)
  }
}

extension ModelReading {
  /// Works out the edits of a plan.
  ///
  /// - Throws: What reading the scales of quantized weights throws; `unsupported` where the model cannot be written as
  ///   inference though that was asked for.
  /// - Complexity: O(nodes + names).
  package func edits(for plan: FoldPlan) throws(ModelFileError) -> ModelEdits {
    ModelEdits(self, try PatchBuilder.patch(for: plan, in: self), of: plan)
  }

  /// The document with the edits of a patch; that which was read stays as it is.
  ///
  /// - Complexity: O(parts of the model).
  func edited(by patch: ModelPatch) throws(ModelFileError) -> ONNXDocument {
    var applier = try PatchApplier(patch, to: self)
    let document = try applier.edited()
    assert((try? document.imported()) != nil, "edits must leave a valid model")
    return document
  }

  /// Whether a new tensor can be an initializer of the graph around its reader.
  ///
  /// Functions have none. Before IR version 4 an initializer had to be a graph input too, and a subgraph's inputs are
  /// given.
  func canHoldInitializer(_ tensor: GraphEdit.NewTensor) -> Bool {
    let scope = source.scopes[nodes[tensor.reader.index].scope]
    return !tensor.needsNode && scope.function == nil && (document.irVersion >= 4 || scope.parent == nil)
  }

  /// Writes the file that was read, as it is.
  ///
  /// - Parameters:
  ///   - syncs: Whether the result has to survive a power cut.
  ///   - beforeCommit: Called with the size when everything is written but nothing can be seen yet; an error abandons
  ///     the copy.
  package func copyFile(
    to path: FilePath, syncs: Bool, progress: ((Int, Int) -> Void)?, beforeCommit: (Int) throws -> Void
  ) throws -> WrittenModel {
    try ModelWriter(document, through: buffer, syncs: syncs, progress: progress)
      .copyFile(to: path, beforeCommit: beforeCommit)
  }

  /// Whether any tensor is stored outside the model.
  package var hasExternalData: Bool { document.allTensors().contains(where: \.isExternal) }
}
