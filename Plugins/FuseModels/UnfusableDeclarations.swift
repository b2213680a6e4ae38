import Foundation

/// The resources that a manifest declares by a rule that puts them where a plugin cannot replace them.
///
/// Only paths that are written out are found.
struct UnfusableDeclarations {
  private let rules: [(path: String, rule: String)]

  /// - Parameter manifest: The text of a `Package.swift`.
  init(in manifest: String) {
    let code = manifest.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }
      .joined(separator: "\n")
    let embedded = code.matches(of: /\.embedInCode\(\s*"([^"]+)"/).map { (String($0.1), ".embedInCode") }
    let localized = code.matches(of: /\.process\(\s*"([^"]+)"\s*,\s*localization:(?!\s*nil)/).map {
      (String($0.1), "a localization")
    }
    rules = embedded + localized
  }

  /// The rule for a file or a folder that holds it; nil where there is none.
  ///
  /// - Parameter path: Relative to the target's folder.
  func rule(for path: String) -> String? {
    rules.first { path == $0.path || path.hasPrefix($0.path.hasSuffix("/") ? $0.path : $0.path + "/") }?.rule
  }
}
