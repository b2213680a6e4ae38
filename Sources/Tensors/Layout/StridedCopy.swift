/// Which elements of an array to copy, in row-major order of a shape of their own.
///
/// One description serves Transpose, Slice, Expand, Tile, DepthToSpace and whatever else only moves elements.
package struct StridedCopy: Sendable {
  /// The shape of what is copied, axes of size 1 left out and neighbours that lie as one merged.
  @usableFromInline package let shape: [Int]
  @usableFromInline package let strides: [Int]
  @usableFromInline package let offset: Int

  /// - Parameters:
  ///   - shape: The shape to walk over.
  ///   - strides: How far the source moves for one step along each axis; may be 0 or negative.
  ///   - offset: The place of the first element in the source.
  package init(shape: [Int], strides: [Int], offset: Int = 0) {
    var merged: [(size: Int, stride: Int)] = []
    for (size, stride) in zip(shape, strides) where size != 1 {
      if let last = merged.last, last.stride == stride * size {
        merged[merged.count - 1] = (last.size * size, stride)
      } else {
        merged.append((size, stride))
      }
    }
    self.shape = merged.map(\.size)
    self.strides = merged.map(\.stride)
    self.offset = offset
  }

  /// The elements copied, in order.
  ///
  /// - Precondition: Every place lies in the source.
  /// - Complexity: O(elements copied).
  @specialized(where T == Float)
  @specialized(where T == Double)
  @specialized(where T == Int64)
  @specialized(where T == Bool)
  package func elements<T>(of source: [T]) -> [T] {
    let count = Shape.count(of: shape)
    guard count > 0, let first = source.first else { return [] }
    if shape.isEmpty { return [source[offset]] }
    if shape.count == 1, strides[0] == 1, offset == 0, count == source.count { return source }
    var result = [T](repeating: first, count: count)
    var target = result.mutableSpan
    forEachStart { position, start in
      let width = shape[shape.count - 1]
      var row = target._mutatingExtracting(position..<(position + width))
      copy(from: source.span, at: start, to: &row)
    }
    return result
  }

  /// Puts elements, given in order, to the places described.
  ///
  /// - Precondition: Every place lies in the target.
  @specialized(where T == Float)
  @specialized(where T == Double)
  @specialized(where T == Int64)
  @specialized(where T == Bool)
  package func scatter<T>(_ elements: [T], into target: inout [T]) {
    precondition(elements.count == Shape.count(of: shape), "as many elements as places")
    guard !elements.isEmpty else { return }
    if shape.isEmpty {
      target[offset] = elements[0]
      return
    }
    let stride = strides[strides.count - 1]
    let width = shape[shape.count - 1]
    forEachStart { position, start in
      for index in 0..<width { target[start + index * stride] = elements[position + index] }
    }
  }

  @inline(__always)
  private func copy<T>(from source: borrowing Span<T>, at start: Int, to row: inout MutableSpan<T>) {
    let stride = strides[strides.count - 1]
    switch stride {
    case 1:
      let line = source.extracting(start..<(start + row.count))
      for index in row.indices { row[index] = line[index] }
    case 0:
      let element = source[start]
      for index in row.indices { row[index] = element }
    default:
      for index in row.indices { row[index] = source[start + index * stride] }
    }
  }
}

extension StridedCopy {
  /// A permutation of the axes: axis `i` of the result is axis `order[i]` of the source.
  package static func transposition(of shape: [Int], by order: [Int]) -> StridedCopy {
    let strides = Shape.strides(of: shape)
    return StridedCopy(shape: order.map { shape[$0] }, strides: order.map { strides[$0] })
  }

  /// A repetition of axes of size 1, or of ones that are missing in front.
  package static func expansion(of shape: [Int], to target: [Int]) -> StridedCopy {
    StridedCopy(shape: target, strides: Shape.strides(of: shape, broadcastTo: target))
  }
}

extension StridedCopy {
  /// Calls `body` with the place in the walk and in the source of each run along the last axis.
  @inlinable @inline(__always)
  package func forEachStart(_ body: (_ position: Int, _ start: Int) -> Void) {
    let outer = shape.count - 1
    var counters = [Int](repeating: 0, count: outer)
    var start = offset
    var position = 0
    while true {
      body(position, start)
      position += shape[outer]
      var axis = outer - 1
      while axis >= 0 {
        counters[axis] += 1
        start += strides[axis]
        if counters[axis] < shape[axis] { break }
        start -= strides[axis] * shape[axis]
        counters[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}
