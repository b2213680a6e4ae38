import BatchNormFolding

/// The elements of constants that nodes make, as they were found when an operator needed them.
final class ComputedConstants {
  /// Little-endian.
  var bytes: [ConstantID: [UInt8]] = [:]
}
