/// A path, split into the folder and the name in it.
package struct FileName {
  /// The folder, `.` where the path names none.
  package let folder: String

  /// The last component.
  package let name: String

  package init(_ path: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else {
      folder = "."
      name = path
      return
    }
    folder = slash == path.startIndex ? "/" : String(path[..<slash])
    name = String(path[path.index(after: slash)...])
  }

  /// The path of another file in the same folder.
  package func sibling(_ name: String) -> String {
    folder == "." ? name : folder == "/" ? "/" + name : folder + "/" + name
  }
}
