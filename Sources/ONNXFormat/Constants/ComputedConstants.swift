import BatchNormFolding

/// The elements of constants that nodes make, as they were found when an operator needed them.
final class ComputedConstants {
  private var bytes: [ConstantID: [UInt8]] = [:]

  /// The little-endian elements, nil where nothing has needed them.
  subscript(id: ConstantID) -> [UInt8]? {
    get { bytes[id] }
    set { bytes[id] = newValue }
  }
}
