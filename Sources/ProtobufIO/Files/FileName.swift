/// A path, split into the folder and the name in it.
package struct FileName {
  /// The folder, `.` where the path names none.
  package let folder: String

  /// The last component.
  package let name: String

  package init(_ path: String) {
    // By bytes: a slash and an accent behind it are one character, but two parts of a path.
    let bytes = Array(path.utf8)
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
      folder = "."
      name = path
      return
    }
    folder = slash == 0 ? "/" : String(decoding: bytes[..<slash], as: UTF8.self)
    name = String(decoding: bytes[(slash + 1)...], as: UTF8.self)
  }

  /// The path of another file in the same folder.
  package func sibling(_ name: String) -> String {
    folder == "." ? name : folder == "/" ? "/" + name : folder + "/" + name
  }
}
