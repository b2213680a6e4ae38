/// The two sizes in which each chart is drawn; the page shows the one that fits.
enum ChartSize: String, CaseIterable {
  case wide, narrow

  var width: Double { self == .wide ? 1040 : 360 }
  var plotHeight: Double { self == .wide ? 260 : 220 }
  /// Room for the labels of the vertical axis.
  var left: Double { 58 }
  var right: Double { self == .wide ? 16 : 10 }
  /// About what a letter takes.
  var letter: Double { 6.6 }
  /// The least distance between the labels of a horizontal axis.
  var tickSpacing: Double { self == .wide ? 56 : 44 }
  /// The most points that are told apart along the horizontal axis.
  var mostPoints: Int { self == .wide ? 600 : 240 }
}
