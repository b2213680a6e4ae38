import Tensors

/// How far a value is from the truth, for each of its channels.
///
/// Channels are the second axis. One with few elements has no statistics of its own, so the value then counts as one
/// channel.
struct ChannelErrors {
  /// The fewest elements of a channel that is looked at by itself.
  static let fewestElements = 32

  let channels: Int
  /// The largest error of each channel; infinite where only one of both is a number.
  private(set) var largest: [Double]
  /// The sum of squares of all errors.
  private(set) var squares = 0.0
  private(set) var count = 0

  init(channels: Int) {
    self.channels = channels
    largest = Array(repeating: 0, count: channels)
  }

  /// The number of channels by which a value of that shape is judged.
  static func channels(of shape: [Int]) -> Int {
    guard shape.count >= 2, shape[1] > 0 else { return 1 }
    let perChannel = shape.enumerated().reduce(1) { $1.offset == 1 ? $0 : $0 * $1.element }
    return perChannel >= fewestElements ? shape[1] : 1
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
    let inner = channels == 1 ? max(truth.count, 1) : tensor.shape.dropFirst(2).reduce(1, *)
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
      largest[row % channels] = max(largest[row % channels], most)
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
