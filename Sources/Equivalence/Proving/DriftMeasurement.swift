import Tensors

/// Gathers the drift of one value over several runs.
struct DriftMeasurement {
  private var drift: ValueDrift
  private let kind: ElementType
  private let axis: Int?
  private var originalOwn: ChannelErrors
  private var candidateOwn: ChannelErrors
  private var candidateWide: ChannelErrors
  /// The largest finite magnitude of each channel of the truth.
  private(set) var magnitudes: [Double]
  /// By how much each channel moves with the last places of what the candidate stores, as far as that was looked at.
  private var lastPlaces: [Double]
  /// The least and the greatest finite element of each channel of the truth.
  private var least: [Double]
  private var greatest: [Double]

  /// - Parameter axis: Along which the value's channels lie; nil where it has none.
  init(name: String, candidateName: String, depth: Int, like truth: Tensor, channelAxis axis: Int?) {
    kind = truth.kind
    self.axis = kind.isReal ? axis : nil
    let layout = ChannelLayout(of: truth.shape, along: self.axis)
    let channels = layout.channels
    drift = ValueDrift(
      name: name, depth: depth, type: kind.rawValue, shape: truth.shape, channels: channels)
    if candidateName != name { drift.candidateName = candidateName }
    originalOwn = ChannelErrors(layout)
    candidateOwn = ChannelErrors(layout)
    candidateWide = ChannelErrors(layout)
    magnitudes = Array(repeating: 0, count: channels)
    lastPlaces = magnitudes
    least = Array(repeating: .infinity, count: channels)
    greatest = Array(repeating: -.infinity, count: channels)
  }

  /// Takes in one run.
  mutating func add(truth: Tensor, own: Tensor, candidateOwn: Tensor?, candidateWide: Tensor) {
    for (title, other) in [("float64", candidateWide), ("its own types", candidateOwn)] {
      guard let other, drift.difference == nil else { continue }
      if other.kind != truth.kind {
        drift.difference = "\(other.kind.rawValue) rather than \(truth.kind.rawValue)"
      } else if other.shape != truth.shape, title == "float64" || own.shape == truth.shape {
        drift.difference = "shape \(other.shape) rather than \(truth.shape) in \(title)"
      }
    }
    guard drift.difference == nil, let numbers = truth.doubles,
      ChannelLayout(of: truth.shape, along: axis) == originalOwn.layout
    else { return }
    look(at: numbers, inner: originalOwn.layout.rowLength(of: truth.shape))
    candidateWide.doubles.map { _ in self.candidateWide.add(candidateWide, against: numbers) }
    // Where rounding alone changes a shape, as that of what passes a threshold, there is no yardstick.
    guard own.shape == truth.shape else { return }
    originalOwn.add(own, against: numbers)
    if let candidateOwn, candidateOwn.shape == truth.shape { self.candidateOwn.add(candidateOwn, against: numbers) }
  }

  private mutating func look(at numbers: [Double], inner: Int) {
    for row in 0..<(numbers.count / max(inner, 1)) {
      let channel = row % drift.channels
      let range = (row * inner)..<((row + 1) * inner)
      var (low, high) = numbers.span.extracting(range).extremes
      if !low.isFinite || !high.isFinite {
        (low, high) = (.infinity, -.infinity)
        for index in range where numbers[index].isFinite {
          (low, high) = (min(low, numbers[index]), max(high, numbers[index]))
        }
      }
      (low, high) = (min(low, least[channel]), max(high, greatest[channel]))
      (least[channel], greatest[channel]) = (low, high)
      magnitudes[channel] = low > high ? 0 : max(abs(low), abs(high))
    }
  }

  var shape: [Int] { drift.shape }

  var isReal: Bool { kind.isReal }

  /// Whether some channel is farther off than the original's own error there allows, so that it matters how the
  /// candidate stores its parameters.
  var isFar: Bool {
    zip(candidateWide.largest, originalOwn.largest).contains { $0 > ValueDrift.multiple(in: .float64) * $1 }
      || zip(candidateOwn.largest, originalOwn.largest).contains { $0 > ValueDrift.multiple(in: .own) * $1 }
  }

  /// Notes what the candidate makes where its stored parameters differ in their last places.
  mutating func note(moved: Tensor, from candidate: Tensor) {
    guard let numbers = candidate.doubles, moved.shape == candidate.shape else { return }
    var errors = ChannelErrors(originalOwn.layout)
    errors.add(moved, against: numbers)
    lastPlaces = zip(lastPlaces, errors.largest).map { $1.isFinite ? max($0, $1) : $0 }
  }

  /// The largest magnitudes of each channel, here or in a value of the same shape that this one is made of.
  ///
  /// What a Relu lets pass is small, but as far off as what came in.
  func scales(with sources: [DriftMeasurement]) -> [Double] {
    sources.filter { $0.shape == shape && $0.magnitudes.count == magnitudes.count }
      .reduce(magnitudes) { zip($0, $1.magnitudes).map(max) }
  }

  /// The error to be expected of a channel relative to its scale: the root mean square over the channels.
  ///
  /// Errors of one channel may be one error, as where each channel is scaled by a number of its own; only the
  /// others then tell what it might have been. nil where no element tells anything.
  func relativeError(scales: [Double]) -> Double? {
    guard kind.isReal else { return nil }
    var (sum, count) = (0.0, 0)
    for channel in scales.indices where scales[channel] > 0 && originalOwn.largest[channel].isFinite {
      let relative = originalOwn.largest[channel] / scales[channel]
      sum += relative * relative
      count += 1
    }
    return count == 0 ? nil : (sum / Double(count)).squareRoot()
  }

  /// Whether the value has enough elements to tell its typical error by itself; a constant has one error a channel.
  var isTelling: Bool { originalOwn.count >= 1024 && !isConstant }

  /// Whether every element of a channel is the same number, in each channel.
  var isConstant: Bool { zip(least, greatest).allSatisfy { $0 >= $1 } }

  /// What the truth itself may be off by where the model computes in float64 too, as a share of the largest number.
  private static var truthsOwn: Double { 0x1p-44 }

  /// What each channel of the original is off by, or might be.
  ///
  /// - Parameters:
  ///   - relativeError: The error to be expected relative to a channel's scale.
  ///   - scales: Of each channel.
  func yardsticks(expecting relativeError: Double, scales: [Double]) -> [Double] {
    let largest = scales.max() ?? 0
    return scales.indices.map { channel in
      let relative = kind == .float64 ? Self.truthsOwn * largest : kind.epsilon * scales[channel]
      let typical = max(relative, kind.leastPositive, kind.isReal ? relativeError * scales[channel] : 0)
      let own = originalOwn.largest[channel]
      return own.isFinite ? max(own, typical) : typical
    }
  }

  /// How much of what the last places move counts as the original's error does: in float64 all of it is allowed once.
  private static var lastPlaceShare: Double { 1 / ValueDrift.multiple(in: .float64) }

  /// What was found.
  ///
  /// - Parameter yardsticks: What each channel of the original is off by, or might be.
  func concluded(yardsticks: [Double]) -> ValueDrift {
    var result = drift
    let range = (greatest.max() ?? 0) - (least.min() ?? 0)
    result.range = range.isNaN || range < 0 ? 0 : min(range, .greatestFiniteMagnitude)
    result.isConstant = isConstant
    result.yardstick = originalOwn.rootMeanSquare
    result.own = candidateOwn.rootMeanSquare
    result.float64 = candidateWide.rootMeanSquare
    var worst = -1.0
    for (precision, errors) in [(Precision.own, candidateOwn.largest), (.float64, candidateWide.largest)] {
      // Where the original's own types overflow, so may the candidate's.
      for (channel, error) in errors.enumerated()
      where precision == .float64 || originalOwn.largest[channel].isFinite {
        let limit =
          ValueDrift.multiple(in: precision) * (yardsticks[channel] + Self.lastPlaceShare * lastPlaces[channel])
        let share = error == 0 ? 0 : limit == 0 ? .infinity : error / limit
        guard share > worst else { continue }
        worst = share
        result.worstPrecision = precision
        result.worstChannel = channel
        result.worstError = error.isFinite ? error : nil
        result.allowed = min(limit, .greatestFiniteMagnitude)
      }
    }
    result.share = worst.isFinite ? max(worst, 0) : nil
    return result
  }
}
