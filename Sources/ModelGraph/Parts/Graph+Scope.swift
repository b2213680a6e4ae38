package import ProtobufIO
package import Tensors

extension Graph {
  /// One list of nodes with the values that are defined there.
  package struct Scope {
    package enum Kind {
      case main
      /// A graph in an attribute of a node, which may read what is defined around it.
      case body
      case function(Function)
    }

    package let kind: Kind

    /// The scope whose values are known here too; nil for the main graph and for functions.
    package let parent: Int?

    /// The way from the main graph, for people: `/` or `/if_1/then_branch`.
    package let path: String

    /// The version of the format's own operators, 0 where the scope imports none.
    package let version: Int

    package var inputs: [Input] = []
    package var outputs: [Output] = []

    /// In execution order.
    package var nodes: [OperatorID] = []

    /// The constants that are stored here, by their indices among all.
    package var constants = 0..<0

    package init(_ kind: Kind, in parent: Int?, path: String, version: Int) {
      (self.kind, self.parent, self.path, self.version) = (kind, parent, path, version)
    }

    /// Whether its outputs are those of the model or of a function.
    package var isOutermost: Bool { parent == nil }

    package var function: Function? {
      if case .function(let function) = kind { function } else { nil }
    }
  }

  /// What a scope takes.
  package struct Input {
    package let value: ValueID
    package let type: StatedType

    package init(value: ValueID, type: StatedType) { (self.value, self.type) = (value, type) }
  }

  /// What a scope gives; one that a scope around defines where it hands that on.
  package struct Output {
    package let value: ValueID
    package let type: StatedType

    package init(value: ValueID, type: StatedType) { (self.value, self.type) = (value, type) }
  }

  /// What a file says of a value that a graph takes or gives.
  package struct StatedType: Equatable {
    /// The type of a tensor's elements, nil where it is not stated or no network computes in it.
    package var element: ElementType?

    /// The format's own number of the type, nil where it is not stated.
    package var number: Int?

    /// The sizes as they are stated, nil where one is not; nil as a whole where not even the rank is known.
    package var sizes: [Int?]?

    package init(element: ElementType? = nil, number: Int? = nil, sizes: [Int?]? = nil) {
      (self.element, self.number, self.sizes) = (element, number, sizes)
    }
  }

  /// What a model defines of its own, to be called by nodes.
  package struct Function {
    package let name: Name
    package let domain: Name
    package let overload: Name

    /// The attributes of a call that does not state them.
    package let defaults: [any NodeAttribute]

    package init(name: Name, domain: Name, overload: Name, defaults: [any NodeAttribute]) {
      (self.name, self.domain, self.overload, self.defaults) = (name, domain, overload, defaults)
    }
  }
}
