internal import ProtobufIO

/// The version of this package, of which it says it in one place.
public enum Version {
  /// The version as semantic versioning writes it.
  public static let text = "0.2.0"

  /// The commit that the package was built from, with `+` behind it where files had changed; nil where it is not known.
  public static let commit = SourceCommit.text

  /// The formats that can be read and written.
  public static let formats = ["ONNX"]

  /// What `bnfuse --version` prints: version, commit where it is known, and formats.
  public static let line =
    "bnfuse \(text) (\(commit.map { "commit \($0), " } ?? "")formats: \(formats.joined(separator: ", ")))"
}
