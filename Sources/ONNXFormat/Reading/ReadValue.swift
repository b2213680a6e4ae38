import BatchNormFolding
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// What the format knows of a value beside what the core needs.
struct ReadValue {
  /// Its shape, where at least the number of its axes is proven.
  var shape: ValueShape?

  /// The type of its elements, where it is the graph's input.
  var inputType: DataType?

  /// What is known of its elements where they are a few integers that a node computes.
  var integers: [Dimension]?

  /// Its contents, where they are known before anything runs.
  var constant: ConstantID?

  /// Whether it follows from constants and known sizes alone, and its shape is known.
  var isDerived = false

  /// The type of its elements, where it is that and operators have it from a constant.
  var derivedType: DataType?

  /// Whether it is both a graph input and an initializer, with an IR version that lets callers override it.
  var isOverridable = false

  /// The number of axes, where it is proven.
  var rank: Int? { shape?.rank }
}
