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
}
