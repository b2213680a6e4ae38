/// The elements of a tensor, stored by what they are computed in rather than by what a file stores.
public enum Elements: Sendable {
  /// Real numbers in single precision; narrower kinds are held in it exactly.
  case float32([Float])
  /// Real numbers in double precision: `float64`, and every real kind of a run in float64.
  case float64([Double])
  /// Integers of every kind; `uint64` by its bits.
  case integer([Int64])
  case boolean([Bool])
  /// Text as its bytes, which a model does not promise to be UTF-8.
  case text([[UInt8]])
}

extension Elements {
  public var count: Int {
    switch self {
    case .float32(let elements): elements.count
    case .float64(let elements): elements.count
    case .integer(let elements): elements.count
    case .boolean(let elements): elements.count
    case .text(let elements): elements.count
    }
  }

  /// The bytes of memory that the elements take.
  ///
  /// - Complexity: O(1), for text O(elements).
  var byteCount: Int {
    switch self {
    case .float32(let elements): elements.count * MemoryLayout<Float>.size
    case .float64(let elements): elements.count * MemoryLayout<Double>.size
    case .integer(let elements): elements.count * MemoryLayout<Int64>.size
    case .boolean(let elements): elements.count
    // An array's head and the pointer to it.
    case .text(let elements): elements.reduce(0) { $0 + $1.count + 40 }
    }
  }

  /// What an error calls the elements.
  var title: String {
    switch self {
    case .float32, .float64: "real numbers"
    case .integer: "integers"
    case .boolean: "truth values"
    case .text: "text"
    }
  }

  /// Whether elements of a kind may be stored so.
  func canHold(_ kind: ElementType) -> Bool {
    switch self {
    case .float32, .float64: kind.isReal
    case .integer: kind.isInteger
    case .boolean: kind == .bool
    case .text: kind == .string
    }
  }
}

extension Tensor {
  /// The elements as real numbers: integers and truth values by their value; nil for text.
  ///
  /// - Complexity: O(elements).
  public var doubles: [Double]? {
    switch elements {
    case .float32(let elements): elements.map { Double($0) }
    case .float64(let elements): elements
    case .integer(let elements):
      kind == .uint64 ? elements.map { Double(UInt64(bitPattern: $0)) } : elements.map { Double($0) }
    case .boolean(let elements): elements.map { $0 ? 1 : 0 }
    case .text: nil
    }
  }
}
