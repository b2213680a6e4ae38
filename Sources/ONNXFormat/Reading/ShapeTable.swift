import Tensors

/// The shapes of a model's constants, of which most are equal to another one's.
struct ShapeTable {
  private var known: [[Int]: (sizes: [Int], value: ValueShape?)] = [:]

  /// A shape, whose memory all equal ones share; the value is nil for one of too many axes.
  mutating func shape(_ sizes: [Int]) -> (sizes: [Int], value: ValueShape?) {
    if let shape = known[sizes] { return shape }
    let shape = (sizes, ValueShape(sizes: sizes))
    known[sizes] = shape
    return shape
  }
}
