import CSystemShims

/// The commit of the sources, as the package manifest hands it to the C compiler.
package enum SourceCommit {
  /// The commit's first 12 digits, with `+` behind them where files had changed; nil where it is not known.
  package static var text: String? {
    let bytes = unsafe shim_source_commit()
    let text = unsafe bytes.map { unsafe String(cString: $0) } ?? ""
    return text.isEmpty ? nil : text
  }
}
