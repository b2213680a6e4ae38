package import ModelGraph
package import ProtobufIO

extension NodeView: NodeSource {
  package var statedAttributes: [any NodeAttribute] { attributes }

  package func statedAttribute(_ name: Name) -> (any NodeAttribute)? { attribute(name) }
}
