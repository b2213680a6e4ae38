package import ProtobufIO
package import Tensors

extension Graph {
  /// An operator with what it reads and makes.
  package struct Node {
    /// Empty where the file gives it none.
    package let name: Name
    package let operatorType: String

    /// Whose operator it is; empty for the format's own.
    package let domain: Name

    /// Which of several functions of one name is called.
    package let overload: Name

    /// The version of the operator set that gives the operator its meaning, 0 where the scope imports none.
    package let version: Int

    /// Whether the format itself says what the node does.
    package let isStandard: Bool

    /// The scope that it is in, and its place there.
    package let scope: Int
    package let index: Int

    /// nil for what is left out.
    package let inputs: [ValueID?]
    package let outputs: [ValueID?]

    /// The graphs that it runs, in the order of its attributes.
    package let bodies: [Body]

    /// The scope of the function that it calls.
    package var callee: Int?
    package let source: any NodeSource

    package init(
      name: Name, operatorType: String, domain: Name, overload: Name, version: Int, isStandard: Bool, scope: Int,
      index: Int, inputs: [ValueID?], outputs: [ValueID?], bodies: [Body], callee: Int?, source: any NodeSource
    ) {
      (self.name, self.operatorType, self.domain, self.overload) = (name, operatorType, domain, overload)
      (self.version, self.isStandard, self.scope, self.index) = (version, isStandard, scope, index)
      (self.inputs, self.outputs, self.bodies, self.callee) = (inputs, outputs, bodies, callee)
      self.source = source
    }
  }

  /// A graph in an attribute of a node.
  package struct Body {
    package let attribute: Name
    package let scope: Int

    package init(attribute: Name, scope: Int) { (self.attribute, self.scope) = (attribute, scope) }
  }
}

extension Graph.Node {
  package func input(_ index: Int) -> ValueID? { index < inputs.count ? inputs[index] : nil }
  package func output(_ index: Int) -> ValueID? { index < outputs.count ? outputs[index] : nil }
  package func attribute(_ name: Name) -> (any NodeAttribute)? { source.statedAttribute(name) }
  package var attributes: [any NodeAttribute] { source.statedAttributes }
}
