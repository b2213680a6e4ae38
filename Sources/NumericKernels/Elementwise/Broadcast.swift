import Tensors

/// Walks over two arrays of which the second repeats along some axes of the first.
enum Broadcast {
  /// Replaces each element of `a` by a function of it and the element of `b` beside it.
  @inline(__always)
  static func combine<A, B>(
    _ a: inout [A], _ shape: [Int], _ b: [B], _ bShape: [Int], _ function: (A, B) -> A
  ) {
    var target = a.mutableSpan
    forEachRow(shape, bShape) { position, width, start, stride in
      var row = target._mutatingExtracting(position..<(position + width))
      switch stride {
      case 1:
        let other = b.span.extracting(start..<(start + width))
        for index in row.indices { row[index] = function(row[index], other[index]) }
      case 0:
        let other = b[start]
        for index in row.indices { row[index] = function(row[index], other) }
      default:
        for index in row.indices { row[index] = function(row[index], b[start + index * stride]) }
      }
    }
  }

  /// Calls `body` for each run of elements along which `b` advances by one stride.
  @inline(__always)
  private static func forEachRow(
    _ shape: [Int], _ bShape: [Int], _ body: (_ position: Int, _ width: Int, _ start: Int, _ stride: Int) -> Void
  ) {
    let copy = StridedCopy(shape: shape, strides: Shape.strides(of: bShape, broadcastTo: shape))
    guard !shape.contains(0) else { return }
    guard let width = copy.shape.last else { return body(0, 1, 0, 0) }
    copy.forEachStart { position, start in body(position, width, start, copy.strides[copy.strides.count - 1]) }
  }
}
