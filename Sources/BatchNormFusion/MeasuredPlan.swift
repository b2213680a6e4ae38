import BatchNormFolding
import ONNXFormat

/// A plan with what looking at the weights found.
struct MeasuredPlan {
  let plan: FoldPlan

  /// One for each fold, nil where nobody looked.
  let measurements: [FoldMeasurement]?

  /// How long planning took, without the looking.
  private(set) var planning = Duration.zero

  /// Plans, and where asked looks at every weight and plans again until no fold overflows.
  ///
  /// The first plan knows no weight; one that overflows is then planned with its largest elements known.
  init(_ reading: borrowing ModelReading, measures: Bool) throws {
    var options = PlanOptions()
    func planned(_ total: inout Duration) throws -> FoldPlan {
      let start = ContinuousClock.now
      defer { total += ContinuousClock.now - start }
      return try reading.plan(options)
    }
    var plan = try planned(&planning)
    guard measures else {
      self.plan = plan
      measurements = nil
      return
    }
    while true {
      let measurements = try plan.folds.map { try reading.measure($0) }
      for (fold, measurement) in zip(plan.folds, measurements) {
        options.magnitudes[fold.linear] = measurement.magnitudes
        if !measurement.outcome.isFinite { options.overflowing.insert(fold.linear) }
      }
      if measurements.allSatisfy(\.outcome.isFinite) {
        self.plan = plan
        self.measurements = measurements
        return
      }
      plan = try planned(&planning)
    }
  }

  var declinedCount: Int { plan.declinedCount }
}
