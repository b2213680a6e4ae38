extension FileSource {
  /// What tells the open file from every other; nil where the system does not say.
  package var identity: FileIdentity? { FileIdentity(ofDescriptor: descriptor) }
}
