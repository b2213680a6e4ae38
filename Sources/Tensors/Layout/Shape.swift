/// Arithmetic on shapes and strides of row-major arrays.
package enum Shape {
  /// The distance between neighbours along each axis of a row-major array.
  package static func strides(of shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    return strides
  }

  /// The number of elements.
  package static func count(of shape: [Int]) -> Int { shape.reduce(1, *) }

  /// The number of elements along some of the axes.
  package static func count(of shape: ArraySlice<Int>) -> Int { shape.reduce(1, *) }

  /// The shape to which both broadcast, nil where they do not.
  ///
  /// ONNX's multidirectional broadcasting: axes align at the end, and an axis of size 1 repeats.
  package static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    var result: [Int] = []
    for axis in 0..<rank {
      let first = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
      let second = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
      guard first == second || first == 1 || second == 1 else { return nil }
      result.append(first == 1 ? second : first)
    }
    return result
  }

  /// The strides with which an array is read as one of a larger shape; 0 where it repeats.
  ///
  /// - Precondition: The array broadcasts to the shape.
  package static func strides(of shape: [Int], broadcastTo target: [Int]) -> [Int] {
    let lead = target.count - shape.count
    let own = strides(of: shape)
    return target.indices.map { axis in
      axis < lead || (shape[axis - lead] == 1 && target[axis] != 1) ? 0 : own[axis - lead]
    }
  }
}
