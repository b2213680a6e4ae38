import CSystemShims

/// What tells a file from every other, whatever it is called.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64

  init(_ facts: shim_file_facts) {
    device = facts.device
    inode = facts.inode
  }

  init?(ofDescriptor descriptor: Int32) {
    var facts = shim_file_facts()
    guard unsafe shim_facts_of_descriptor(descriptor, &facts) == 0 else { return nil }
    self.init(facts)
  }
}
