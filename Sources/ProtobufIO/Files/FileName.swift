/// A path, split into the folder and the name in it.
package struct FileName {
  /// The folder, `.` where the path names none.
  package let folder: FilePath

  /// The last component.
  package let name: FilePath

  package init(_ path: FilePath) {
    guard let slash = path.bytes.lastIndex(of: UInt8(ascii: "/")) else {
      folder = "."
      name = path
      return
    }
    folder = slash == 0 ? "/" : FilePath(bytes: path.bytes[..<slash])
    name = FilePath(bytes: path.bytes[(slash + 1)...])
  }

  /// The path of another file in the same folder.
  package func sibling(_ name: FilePath) -> FilePath { folder == "." ? name : folder.appending(name) }

  /// The name as text that a model can hold, with `_` for each byte that is not UTF-8.
  package var text: String { CarriedText.text(of: name.bytes) { _ in "_" } }
}
