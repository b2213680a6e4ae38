extension Tensor {
  /// The slices at some indices of an axis.
  ///
  /// - Parameters:
  ///   - indices: Each in the axis, or -1 for a slice of `fill`.
  ///   - fill: A tensor of one element, of the same storage; nil for 0.
  package func picked(_ indices: [Int], along axis: Int, fill: Tensor? = nil) throws -> Tensor {
    let (width, inner) = (shape[axis], Shape.count(of: shape.dropFirst(axis + 1)))
    let outer = Shape.count(of: shape[..<axis])
    func pick<T>(_ elements: [T], _ filler: T) -> [T] {
      var result: [T] = []
      result.reserveCapacity(outer * indices.count * inner)
      for row in 0..<outer {
        for index in indices {
          let start = (row * width + index) * inner
          if index < 0 {
            result.append(contentsOf: repeatElement(filler, count: inner))
          } else {
            result += elements[start..<(start + inner)]
          }
        }
      }
      return result
    }
    let picked: Elements =
      switch (elements, fill?.elements) {
      case (.float32(let elements), .float32(let fill)?): .float32(pick(elements, fill.first ?? 0))
      case (.float64(let elements), .float64(let fill)?): .float64(pick(elements, fill.first ?? 0))
      case (.integer(let elements), .integer(let fill)?): .integer(pick(elements, fill.first ?? 0))
      case (.boolean(let elements), .boolean(let fill)?): .boolean(pick(elements, fill.first ?? false))
      case (.text(let elements), .text(let fill)?): .text(pick(elements, fill.first ?? []))
      case (.float32(let elements), _): .float32(pick(elements, 0))
      case (.float64(let elements), _): .float64(pick(elements, 0))
      case (.integer(let elements), _): .integer(pick(elements, 0))
      case (.boolean(let elements), _): .boolean(pick(elements, false))
      case (.text(let elements), _): .text(pick(elements, []))
      }
    var target = shape
    target[axis] = indices.count
    return try Tensor(shape: target, kind: kind, elements: picked)
  }
}
