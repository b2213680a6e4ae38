package import ProtobufIO

/// A node as its file holds it, from which its attributes are read when they are asked for.
package protocol NodeSource {
  /// All attributes, in the order of the file.
  var statedAttributes: [any NodeAttribute] { get }

  /// The attribute of that name, nil where the node does not state it.
  func statedAttribute(_ name: Name) -> (any NodeAttribute)?
}
