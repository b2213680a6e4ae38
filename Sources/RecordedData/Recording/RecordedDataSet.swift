package import ProtobufIO
package import Tensors

/// Inputs, and outputs where there are any, that were recorded in a folder.
///
/// `input_0.pb`, `input_1.pb` … as ONNX's data sets store them, or the same as `.npy`, or `<name of an input>.npy`.
package struct RecordedDataSet {
  private let folder: FilePath

  package init(folder: FilePath) { self.folder = folder }

  /// The values of a model's inputs.
  ///
  /// - Throws: `ModelFileError` where a file cannot be read, or where the folder has none for an input without a
  ///   default.
  package func inputs(_ slots: [RecordedSlot]) throws -> [String: Value] {
    // Inputs that have a default are counted only where more are recorded than the model needs.
    let needed = slots.count { !$0.hasDefault }
    let countsAll = try file("input_\(needed).pb") != nil || file("input_\(needed).npy") != nil
    var result: [String: Value] = [:]
    var position = 0
    for slot in slots where countsAll || !slot.hasDefault {
      if let value = try value("input_\(position)", of: slot) {
        result[slot.name] = value
      } else if !slot.hasDefault {
        throw ModelFileError(
          .unreadable, path: folder, "has neither input_\(position).pb nor .npy for input '\(slot.name)'")
      }
      position += 1
    }
    return result
  }

  /// The recorded values of a model's outputs, nil for each that was not recorded.
  package func outputs(_ slots: [RecordedSlot]) throws -> [Value?] {
    try slots.enumerated().map { position, slot in try value("output_\(position)", of: slot) }
  }

  private func value(_ stem: String, of slot: RecordedSlot) throws -> Value? {
    if let file = try file("\(stem).pb") {
      return try file.whole { try Value(RecordedValueFile.content(of: $0, as: slot.kind)) }
    }
    for title in ["\(stem).npy", "\(slot.name).npy"] where !title.contains("/") {
      if let file = try file(title) { return try file.whole { .tensor(try NumpyFile($0).tensor()) } }
    }
    return nil
  }

  /// The labels that a file holds.
  ///
  /// - Throws: `ModelFileError` where it cannot be read or holds no integers.
  package static func labels(at path: FilePath) throws -> [Int] {
    guard let file = try FileSource.existing(at: path) else {
      throw ModelFileError(.unreadable, path: path, "does not exist")
    }
    let isNumpy = path.description.hasSuffix(".npy")
    let value = try file.whole { file in
      isNumpy
        ? .tensor(try NumpyFile(file).tensor()) : try Value(RecordedValueFile.content(of: file, as: .tensor))
    }
    guard case .integer(let labels)? = value.tensor?.elements else {
      throw ModelFileError(.malformed, path: path, "holds no integers")
    }
    return labels.map { Int($0) }
  }

  private func file(_ name: String) throws -> FileSource? {
    try FileSource.existing(at: folder.appending(FilePath(name)))
  }
}

extension Value {
  /// A recorded value, its elements widened to double precision.
  init(_ content: RecordedValueFile.Content) throws {
    switch content {
    case .tensor(let tensor):
      do {
        self = .tensor(try tensor.read(as: Double.self))
      } catch let failure as ComputationFailure {
        throw tensor.document.failure(failure.description)
      } catch let error as EvaluationError where error.code == .unsuitableTensor {
        throw tensor.document.failure(error.message)
      }
    case .sequence(let contents): self = .sequence(try contents.map { try Value($0) })
    case .optional(let content): self = try content.map { try Value($0) } ?? .absent
    }
  }
}
