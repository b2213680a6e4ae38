/// Where the tensors of a written model are stored.
package enum StoragePolicy: Sendable {
  /// Each as it was; new ones beside external ones where there are any.
  case asRead
  /// In one data file.
  case external
  /// In the model itself.
  case inline

  /// Vectors and numbers below this stay in the model even when others leave it: tools that infer shapes look
  /// at them.
  static let smallestExternalVector = 1024
}
