package import ProtobufIO
package import Tensors

/// One change of a graph, as a value.
///
/// Each names what it changes by what was read, so that the order of a list matters only where two set the same place:
/// the later one holds. A format applies them while it writes; the graph itself stays as it is.
package enum GraphEdit {
  case removeNode(OperatorID)

  /// Lets a node only hand a value on under another name.
  case handOn(OperatorID, input: Name, output: Name)

  case setInput(OperatorID, Int, Name)

  /// Takes inputs away, whatever they were set to.
  case removeInputs(OperatorID, Set<Int>)

  case setOutput(OperatorID, Int, Name)

  /// Takes the outputs behind the first ones away.
  case keepOutputs(OperatorID, count: Int)

  indirect case setAttribute(OperatorID, Name, NewAttribute)
  case removeAttributes(OperatorID, Set<Name>)

  /// Stores other elements in the place of a tensor's own.
  indirect case setContents(any StoredTensor, PayloadContent)

  indirect case addTensor(NewTensor)
  indirect case addNode(NewNode)

  /// Renames what a scope takes or gives, by its place.
  case renameInput(scope: Int, Int, Name)
  case renameOutput(scope: Int, Int, Name)

  /// Removes what is stored beside the nodes.
  case removeConstant(ValueID)

  /// Removes what is noted of a value that is no longer there.
  case forget(ValueID)

  /// Removes a value from what a scope takes, as it can no longer be overridden.
  case removeInput(ValueID)
}

extension GraphEdit {
  /// What an attribute is set to.
  package enum NewAttribute {
    case float(Float)
    case integer(Int)
    /// A tensor without a name.
    case tensor(ElementType, shape: [Int], PayloadContent)
  }

  /// A tensor that the model does not have yet.
  package struct NewTensor {
    package let name: Name
    package let type: ElementType
    package let shape: [Int]
    package let content: PayloadContent

    /// The node that reads it, or that made it.
    package let reader: OperatorID

    /// Whether a node has to make it wherever it is.
    package let needsNode: Bool

    package init(
      name: Name, type: ElementType, shape: [Int], content: PayloadContent, reader: OperatorID, needsNode: Bool = false
    ) {
      (self.name, self.type, self.shape, self.content) = (name, type, shape, content)
      (self.reader, self.needsNode) = (reader, needsNode)
    }
  }

  /// A node that the model does not have yet, to stand right behind another.
  package struct NewNode {
    package let predecessor: OperatorID
    package let type: Name
    package let name: Name
    package let inputs: [Name]
    package let output: Name
    package let integers: [(Name, Int)]

    /// The node whose other attributes it has.
    package let attributes: OperatorID?

    package init(
      predecessor: OperatorID, type: Name, name: Name, inputs: [Name], output: Name, integers: [(Name, Int)],
      attributes: OperatorID? = nil
    ) {
      (self.predecessor, self.type, self.name, self.inputs) = (predecessor, type, name, inputs)
      (self.output, self.integers, self.attributes) = (output, integers, attributes)
    }
  }
}
