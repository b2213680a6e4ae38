extension CheckReport {
  /// The report as a page: one file that needs nothing besides itself; the same report gives the same text.
  public func html() -> String { ReportPage(Digest(self)).html }
}
