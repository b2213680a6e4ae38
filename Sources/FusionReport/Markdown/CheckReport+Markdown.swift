extension CheckReport {
  /// The report as Markdown, to be pasted into a merge request; the same report gives the same text.
  public func markdown() -> String { MarkdownPage(Digest(self)).text }
}
