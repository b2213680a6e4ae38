/// Which of its inputs an operator reads for what they contain, rather than for their shapes or types.
enum ContentUse {
  case all
  case first
  case none

  private static let exceptions: [String: ContentUse] = [
    "CastLike": .first, "EyeLike": .none, "RandomNormalLike": .none, "RandomUniformLike": .none, "Shape": .none,
    "Size": .none,
  ]

  /// That of one of ONNX's own operators.
  init(of operatorType: String) { self = Self.exceptions[operatorType] ?? .all }

  func includes(_ input: Int) -> Bool {
    switch self {
    case .all: true
    case .first: input == 0
    case .none: false
    }
  }
}
