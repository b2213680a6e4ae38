import Tensors

/// How far a value is from the truth, for each of its channels.
///
/// One with few elements has no statistics of its own, so the value then counts as one channel.
struct ChannelErrors {
  let layout: ChannelLayout
  /// The largest error of each channel; infinite where only one of both is a number.
  private(set) var largest: [Double]
  /// The sum of squares of all errors.
  private(set) var squares = 0.0
  private(set) var count = 0

  init(_ layout: ChannelLayout) {
    self.layout = layout
    largest = Array(repeating: 0, count: layout.channels)
  }

  /// The root of the mean squared error; where squares are too large for a double the largest error, which it is at
  /// most.
  var rootMeanSquare: Double {
    if count == 0 { return 0 }
    return squares.isFinite ? (squares / Double(count)).squareRoot() : largest.filter(\.isFinite).max() ?? 0
  }

  /// Takes in the errors of a tensor.
  ///
  /// - Complexity: O(elements).
  mutating func add(_ tensor: Tensor, against truth: [Double]) {
    let inner = layout.rowLength(of: tensor.shape)
    switch tensor.elements {
    case .float32(let elements): add(elements, truth, inner)
    case .float64(let elements): add(elements, truth, inner)
    default: add(tensor.doubles ?? [], truth, inner)
    }
  }

  private mutating func add<Number: BinaryFloatingPoint>(_ elements: [Number], _ truth: [Double], _ inner: Int) {
    guard elements.count == truth.count, inner > 0 else { return }
    for row in 0..<(truth.count / inner) {
      let range = (row * inner)..<((row + 1) * inner)
      let (exact, given) = (truth.span.extracting(range), elements.span.extracting(range))
      var most = exact.largestDistance(from: given)
      var sum = most == 0 ? 0 : exact.squaredDistance(from: given)
      // NaN beside NaN and an infinity beside itself are no error, anything else with either is.
      if !sum.isFinite { (most, sum) = Self.carefully(elements, truth, range) }
      let channel = row % layout.channels
      largest[channel] = max(largest[channel], most)
      squares += sum
    }
    count += truth.count
  }

  private static func carefully<Number: BinaryFloatingPoint>(
    _ elements: [Number], _ truth: [Double], _ range: Range<Int>
  ) -> (largest: Double, squares: Double) {
    var (largest, squares) = (0.0, 0.0)
    for index in range {
      let element = Double(elements[index])
      if element == truth[index] || element.isNaN && truth[index].isNaN { continue }
      let error = abs(element - truth[index])
      largest = max(largest, error.isNaN ? .infinity : error)
      squares += error.isFinite ? error * error : 0
    }
    return (largest, squares)
  }
}
