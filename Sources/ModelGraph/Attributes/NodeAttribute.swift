package import ProtobufIO

/// One attribute of a node, as its format stores it; what it holds is read when it is asked for.
package protocol NodeAttribute {
  var name: Name { get }

  /// Whether the value comes from the call of the function that the node is in.
  var isReference: Bool { get }

  /// The attribute of that call whose value is taken; empty where the value is stated here.
  var referredName: Name { get }

  /// - Throws: `malformed` where the attribute says that it is of another type.
  func float() throws(ModelFileError) -> Float

  /// - Throws: `malformed` where the attribute says that it is of another type.
  func integer() throws(ModelFileError) -> Int

  var floats: [Float] { get }
  var integers: [Int] { get }
  var string: Name? { get }
  var strings: [Name] { get }
  var tensor: (any StoredTensor)? { get }
  var sparseTensor: (any StoredTensor)? { get }

  /// Whether both state the same, but for graphs, which are not looked at.
  ///
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  /// - Complexity: O(bytes).
  func statesSame(as other: any NodeAttribute) throws(ModelFileError) -> Bool
}
