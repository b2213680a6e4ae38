import CSystemShims

/// What a name in a folder stands for.
package struct FolderEntry {
  package let name: FilePath

  /// Whether it is a regular file itself.
  package let isRegular: Bool

  /// Whether it is a symbolic link.
  package let isLink: Bool

  package let identity: FileIdentity

  init(name: FilePath, _ facts: shim_file_facts) {
    self.name = name
    isRegular = facts.kind == shim_regular
    isLink = facts.kind == shim_link
    identity = FileIdentity(facts)
  }
}
