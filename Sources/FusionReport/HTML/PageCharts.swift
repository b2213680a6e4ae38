import Equivalence

/// The charts of a page.
struct PageCharts {
  let digest: Digest

  /// Both sizes of a chart.
  static func figure(_ drawn: (ChartSize) -> Markup) -> Markup {
    .element("figure", [], .group(ChartSize.allCases.map(drawn)))
  }
}

extension PageCharts {
  /// How far each value drifts, along the depth of the network; nil where no value has a number to show.
  var drift: LineChart? {
    let drifts = digest.check?.drifts ?? []
    let shown = drifts.filter { !$0.isWithinLimit || !$0.isConstant && $0.range > 0 }
    guard shown.contains(where: { $0.difference == nil }) else { return nil }
    func values(_ error: (ValueDrift) -> Double) -> [Double?] {
      shown.map { $0.difference == nil ? $0.ofRange(error($0)) : nil }
    }
    // Where something is infinitely far off, what is left is no error to speak of.
    func candidate(_ error: (ValueDrift) -> Double) -> [Double?] {
      zip(shown, values(error)).map { $0.share == nil ? nil : $1 }
    }
    let made = Set(
      (digest.check?.certification?.folds ?? []).filter { $0.graph.isEmpty || $0.graph == "/" }.map(\.value))
    let beyond = shown.filter { !$0.isWithinLimit }.map { drift in
      LineChart.Note(
        depth: drift.depth,
        value: drift.difference == nil && drift.share != nil
          ? drift.ofRange(max(drift.own, drift.float64)) ?? .infinity : .infinity,
        name: ShownText.name(drift.name),
        text:
          "\(ShownText.name(drift.name)): \(drift.difference.map(ShownText.shown) ?? "\(NumberText.share(drift.takenShare)) of what is allowed")"
      )
    }
    let most = shown.max { $0.takenShare < $1.takenShare }
    return LineChart(
      id: "drift", title: "Drift along the depth of the network",
      description:
        "\(NumberText.counted(shown.count, "value", "values")) in the order in which the original makes them. "
        + (most.map {
          "Most of what is allowed is taken by \(ShownText.name($0.name)): \(NumberText.share($0.takenShare))."
        } ?? ""),
      xLabel: "value, in the order of the original", yLabel: "RMS error, as a share of the value’s range",
      depths: shown.map(\.depth),
      series: [
        LineChart.Series(
          mark: .yardstick, name: "original in its own types", values: values(\.yardstick), isFilled: true),
        LineChart.Series(mark: .own, name: "candidate in its own types", values: candidate(\.own)),
        LineChart.Series(mark: .float64, name: "candidate in float64", values: candidate(\.float64)),
      ],
      folds: shown.filter { made.contains($0.name) }.map(\.depth), beyond: beyond)
  }

  /// Whether folds were run by themselves.
  var hasLocalErrors: Bool { digest.folds.contains { $0.drift != nil } }

  /// What each fold costs; nil where nothing is known of that.
  var foldErrors: FoldChart? { hasLocalErrors ? localErrors : bounds }

  private var localErrors: FoldChart {
    let columns = numbered.compactMap { number, fold -> FoldChart.Column? in
      guard let drift = fold.drift else { return nil }
      if drift.share == nil || drift.difference != nil {
        return FoldChart.Column(number: number, title: fold.title, points: [(.own, .infinity)], isBeyond: true)
      }
      guard let yardstick = drift.ofRange(drift.yardstick), let own = drift.ofRange(drift.own),
        let float64 = drift.ofRange(drift.float64)
      else { return nil }
      return FoldChart.Column(
        number: number, title: fold.title, points: [(.yardstick, yardstick), (.own, own), (.float64, float64)],
        isBeyond: !drift.isWithinLimit)
    }
    return FoldChart(
      id: "error", title: "Error of each fold by itself",
      description:
        "For each of \(NumberText.counted(columns.count, "fold", "folds")) the root mean squared error on the same activations, beside the original’s own.",
      yLabel: "RMS error, as a share of the value’s range",
      keys: [
        ChartKey(mark: .yardstick, text: "original in its own types"),
        ChartKey(mark: .own, text: "candidate in its own types"),
        ChartKey(mark: .float64, text: "candidate in float64"),
      ], columns: columns, count: digest.folds.count)
  }

  private var bounds: FoldChart? {
    let columns = numbered.compactMap { number, fold in
      fold.bound.map { bound in
        FoldChart.Column(
          number: number, title: fold.title, points: [(.after, bound.perUnitInput.unbounded)],
          isBeyond: fold.isBeyondLimit)
      }
    }
    guard !columns.isEmpty else { return nil }
    return FoldChart(
      id: "error", title: "Bound of the error of each fold",
      description:
        "For each of \(NumberText.counted(columns.count, "fold", "folds")) the most that an output can be off by for an input of at most 1, besides a constant.",
      yLabel: "error of an output, per unit of input", keys: [ChartKey(mark: .after, text: "no output is farther off")],
      columns: columns, count: digest.folds.count)
  }

  /// How far the stored weights are from the exact ones; nil where that was not counted.
  var histogram: BarChart? {
    guard let counts = ulpCounts?.weights, let certification = digest.check?.certification else { return nil }
    let all = counts.reduce(0, +)
    guard all > 0 else { return nil }
    let bars = counts.indices.map { index in
      BarChart.Bar(
        name: Self.binName(index), share: Double(counts[index]) / Double(all), label: NumberText.count(counts[index]),
        isBeyond: Self.lowerBound(index) >= certification.limit)
    }
    return BarChart(
      id: "ulps", title: "Distance of stored weights from the exact fold",
      description: "\(NumberText.counted(all, "weight", "weights")), by distance in units in the last place.",
      nameLabel: "ulp", valueLabel: "weights", bars: bars)
  }

  /// The elements of all folds in each bin of the histogram.
  var ulpCounts: (weights: [Int], biases: [Int])? {
    guard let folds = digest.check?.certification?.folds, !folds.isEmpty else { return nil }
    let none = UlpHistogram().counts
    func sum(_ distances: [StoredDistance]) -> [Int] {
      distances.reduce(none) { sum, distance in
        zip(sum, distance.histogram.counts).map { $0.addingReportingOverflow($1).partialValue }
      }
    }
    return (sum(folds.map(\.weight)), sum(folds.compactMap(\.bias)))
  }

  /// The least distance of the elements in a bin.
  static func lowerBound(_ bin: Int) -> Double { bin == 0 ? 0 : UlpHistogram.bounds[bin - 1] }

  static func binName(_ bin: Int) -> String {
    let bounds = UlpHistogram.bounds
    if bin == 0 { return "exact" }
    return bin < bounds.count
      ? "to \(NumberText.short(bounds[bin]))" : "over \(NumberText.short(bounds[bounds.count - 1]))"
  }

  /// What each fold multiplied its channels by; nil where that is not known.
  var scales: FoldChart? {
    let columns = numbered.compactMap { number, fold in
      fold.scales.map {
        FoldChart.Column(number: number, title: fold.title, points: [(.after, $0.least), (.after, $0.greatest)])
      }
    }
    guard !columns.isEmpty else { return nil }
    return FoldChart(
      id: "scales", title: "Range of the scales of each fold’s channels",
      description:
        "For each of \(NumberText.counted(columns.count, "fold", "folds")) the least and the greatest magnitude that a channel was multiplied by.",
      yLabel: "magnitude of the scale", keys: [ChartKey(mark: .after, text: "least and greatest channel")],
      columns: columns, count: digest.folds.count, startsAtLeast: true)
  }

  /// How unequal the channels' weights are before and after; nil where that is not known.
  var spreads: FoldChart? {
    let columns = numbered.compactMap { number, fold -> FoldChart.Column? in
      guard let before = fold.spreadBefore, let after = fold.spreadAfter else { return nil }
      return FoldChart.Column(number: number, title: fold.title, points: [(.before, before), (.after, after)])
    }
    guard !columns.isEmpty else { return nil }
    return FoldChart(
      id: "spread", title: "Spread of the weight ranges before and after each fold",
      description:
        "For each of \(NumberText.counted(columns.count, "fold", "folds")) the largest channel’s weight magnitude over the smallest’s.",
      yLabel: "largest over smallest channel",
      keys: [ChartKey(mark: .before, text: "before"), ChartKey(mark: .after, text: "after")],
      columns: columns, count: digest.folds.count)
  }

  private var numbered: [(Int, FoldEntry)] { digest.folds.enumerated().map { ($0.offset + 1, $0.element) } }
}
