import BatchNormFolding

/// The elements of constants that nodes make or that are stored sparsely, as they were found when an operator needed
/// them.
final class ComputedConstants {
  /// Little-endian.
  var bytes: [ConstantID: [UInt8]] = [:]

  /// Of a constant that is stored sparsely, the index of each stored element among all.
  var places: [ConstantID: [Int]] = [:]
}
