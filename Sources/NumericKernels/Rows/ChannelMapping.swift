/// An affine map of each channel: `y[n, c, i] = scale[c] · x[n, c, i] + shift[c]`.
///
/// - Parameters:
///   - x: `[planes of all images, size]`, channels repeating from image to image.
/// - Complexity: O(elements).
@specialized(where S == Float)
@specialized(where S == Double)
package func mapChannels<S: Scalar>(of x: inout [S], size: Int, scale: [S], shift: [S]) {
  precondition(scale.count == shift.count, "as many scales as shifts")
  guard size > 0, !scale.isEmpty else { return }
  var span = x.mutableSpan
  for plane in 0..<(span.count / size) {
    let (factor, term) = (scale[plane % scale.count], shift[plane % scale.count])
    var line = span._mutatingExtracting((plane * size)..<((plane + 1) * size))
    for index in line.indices { line[index] = line[index] * factor + term }
  }
}
