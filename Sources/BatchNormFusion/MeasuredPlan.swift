import BatchNormFolding
import ONNXFormat

/// A plan with what looking at the weights found.
struct MeasuredPlan {
  let plan: FoldPlan

  /// One for each fold, nil where nobody looked.
  let measurements: [FoldMeasurement]?

  /// Plans, and where asked looks at every weight and plans again until no fold overflows.
  ///
  /// The first plan knows no weight; one that overflows is then planned with its largest elements known.
  init(_ reading: borrowing ModelReading, measures: Bool) throws {
    var options = PlanOptions()
    var plan = try reading.plan(options)
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
      plan = try reading.plan(options)
    }
  }

  var declinedCount: Int { plan.declinedCount }
}
