import BatchNormFolding
import ModelGraph
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Tensors

@testable import ONNXFormat

extension ModelBytes {
  /// The model, written to a folder and read into the core's graph.
  func reading(
    in folder: TemporaryFolder, options: ReadingOptions = ReadingOptions()
  ) throws(ModelFileError) -> ModelReading {
    try ModelReading.read(document(in: folder), options: options, buffer: ChunkBuffer())
  }

  /// A model of a whole graph.
  init(opset: Int = 17, irVersion: Int? = 8, graph: GraphBytes) {
    self.init(opset: opset, irVersion: irVersion)
    self.graph = graph
  }
}

extension ModelReading {
  /// Reads one of the hand-made models.
  static func handmade(_ name: String, options: ReadingOptions = ReadingOptions()) throws -> ModelReading {
    try read(ONNXDocument(at: Fixtures.handmade(name)), options: options, buffer: ChunkBuffer())
  }

  /// The first value of a name.
  func value(_ name: Name) -> ReadValue? { number(of: name).map { values[$0.index] } }

  /// The number of the first value of a name.
  func number(of name: Name) -> ValueID? { source.values.firstIndex { $0.name == name }.map { ValueID($0) } }

  /// The operator that writes the first value of a name.
  func operation(writing name: Name) -> FoldOperator? {
    number(of: name).flatMap { graph[$0].producer }.map { graph[$0] }
  }

  /// How the operator that writes a value carries channels, nil where it is none that does.
  func carrier(writing name: Name) -> ChannelCarrier? {
    if case .carrier(let carrier) = operation(writing: name)?.role { carrier } else { nil }
  }

  /// Whether nothing is known of the operator that writes a value, not even why.
  func isOpaque(_ name: Name) -> Bool {
    if case .opaque(nil) = operation(writing: name)?.role { true } else { false }
  }

  /// Why nothing folds into the operator that writes a value, nil if there is no reason.
  func refusal(of name: Name) -> DeclineReason? {
    if case .opaque(let reason) = operation(writing: name)?.role { reason } else { nil }
  }

  /// The code of each norm that stays, nil for each that folds.
  func codes() throws -> [String?] {
    try plan().outcomes.map { if case .declined(let reason) = $0.result { reason.code.text } else { nil } }
  }
}
