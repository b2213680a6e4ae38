import Equivalence

/// One fold, as the forms for people show it: what was planned, and what the check found of it.
struct FoldEntry {
  /// The largest distance of stored from exact elements.
  struct Distance {
    /// In units in the last place; may be infinite.
    var ulps: Double
    /// Whether the elements are integers, whose last place is a step of their scale.
    var isInSteps = false
    /// How many elements are farther off than what was allowed.
    var beyondLimit = 0
  }

  /// The least and the greatest of the channels' magnitudes.
  struct Extent {
    var least: Double
    var greatest: Double
  }

  /// The norms that were folded, by node or output value.
  var norms: [String]
  var graph: String
  /// The operators that took them in.
  var operators: [String]
  /// What stood between.
  var through: [String] = []
  var channels: Int
  var weight: Distance?
  var bias: Distance?
  var bound: OutputBound?
  /// Of what the channels were multiplied by.
  var scales: Extent?
  /// The largest channel's weight magnitude over the smallest's.
  var spreadBefore: Double?
  var spreadAfter: Double?
  /// What running the fold by itself showed.
  var drift: ValueDrift?
  /// Codes.
  var warnings: [String] = []

  /// Whether something was found that is beyond what is allowed.
  var isBeyondLimit: Bool {
    (weight?.beyondLimit ?? 0) > 0 || (bias?.beyondLimit ?? 0) > 0 || drift.map { !$0.isWithinLimit } ?? false
  }

  /// The norms in one text.
  var title: String { norms.map { ShownText.name($0) }.joined(separator: ", ") }
}

extension FoldEntry {
  /// What a plan says of a fold.
  init(_ fold: Report.Fold) {
    norms = [fold.node.isEmpty ? fold.batchNorm : fold.node]
    graph = fold.graph
    operators = fold.into.map { "\($0.operator) \($0.node.isEmpty ? $0.output : $0.node)" }
    through = fold.through
    channels = fold.channels
    weight = fold.certificate.map { Distance(ulps: $0.maxWeightUlp.unbounded) }
    bias = fold.certificate.map { Distance(ulps: $0.maxBiasUlp.unbounded, isInSteps: $0.maxBiasSteps != nil) }
    bound = fold.certificate?.outputBound
    warnings = fold.warnings
  }

  /// What comparing two models recovered.
  init(_ certificate: FoldCertificate) {
    norms = certificate.norms.isEmpty ? [certificate.value] : certificate.norms
    graph = certificate.graph
    operators = ["\(certificate.operator) \(certificate.node.isEmpty ? certificate.value : certificate.node)"]
    channels = certificate.channels
    take(certificate, nil)
  }

  /// Takes in what a check found.
  mutating func take(_ certificate: FoldCertificate, _ found: ValueDrift?) {
    weight = Distance(certificate.weight)
    bias = certificate.bias.map { Distance($0) }
    bound = certificate.outputBound
    scales = Extent(least: certificate.scales.least, greatest: certificate.scales.greatest)
    spreadBefore = certificate.rangesBefore.flatMap(Self.spread)
    spreadAfter = certificate.rangesAfter.flatMap(Self.spread)
    drift = found
  }

  private static func spread(_ extent: FoldCertificate.Extent) -> Double? {
    extent.least > 0 ? (extent.greatest / extent.least).unbounded : nil
  }
}

extension FoldEntry.Distance {
  /// The distance, with its unit where that is another than the last place of a floating-point number.
  var text: String { NumberText.number(ulps) + (isInSteps ? " steps" : "") }

  fileprivate init(_ distance: StoredDistance) {
    self.init(
      ulps: distance.maxUlp ?? .infinity, isInSteps: distance.unit == "steps", beyondLimit: distance.beyondLimit)
  }
}

extension Double {
  /// The number, where the largest finite one stands for infinity.
  var unbounded: Double { self >= .greatestFiniteMagnitude ? .infinity : self }
}
