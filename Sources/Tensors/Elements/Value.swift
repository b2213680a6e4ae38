/// What a named value of a graph holds at run time.
public enum Value: Sendable {
  case tensor(Tensor)
  case sequence([Value])
  /// An optional value that holds nothing.
  case absent
}

extension Value {
  /// The tensor, nil for anything else.
  public var tensor: Tensor? {
    if case .tensor(let tensor) = self { tensor } else { nil }
  }

  /// The elements of all its tensors, a place in a sequence counted as one.
  package var elementCount: Int {
    switch self {
    case .tensor(let tensor): tensor.count
    case .sequence(let values): values.reduce(values.count) { $0.addingClamped($1.elementCount) }
    case .absent: 0
    }
  }
}
