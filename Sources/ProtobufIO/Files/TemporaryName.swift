import CSystemShims

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The name of a file that is being written, where the system has no files without one.
///
/// It is noted as long as it exists, so that a signal that ends the program can remove it first.
@safe
final class TemporaryName {
  private let folder: OutputFolder
  private let name = TemporaryName.unused()
  private var note: OpaquePointer?

  /// The open file.
  let descriptor: Int32

  /// Creates an empty file.
  init(in folder: OutputFolder, mode: UInt32) throws(SystemError) {
    self.folder = folder
    let name = name
    let (note, status) = unsafe EndingSignals.held {
      var note: OpaquePointer?
      let status = name.withCString { name in
        unsafe note = shim_note_temporary_name(folder.descriptor, name)
        return unsafe note == nil ? -ENOMEM : shim_create_new(folder.descriptor, name, mode)
      }
      if status < 0, unsafe note != nil { unsafe shim_forget_temporary_name(note) }
      return unsafe (note, status)
    }
    guard status >= 0 else { throw SystemError(number: -status) }
    unsafe self.note = note
    descriptor = status
  }

  deinit {
    guard let note = unsafe note else { return }
    EndingSignals.held {
      folder.remove(name)
      unsafe shim_forget_temporary_name(note)
    }
  }

  /// Gives the file another name for good.
  func rename(to target: FilePath) throws(SystemError) {
    try EndingSignals.held { () throws(SystemError) in
      try folder.rename(name, to: target)
      unsafe shim_forget_temporary_name(note)
      unsafe note = nil
    }
  }

  /// A name that nothing has, short whatever the output is called.
  static func unused() -> FilePath {
    let digits = String(UInt64.random(in: 1...UInt64.max), radix: 16)
    return FilePath(".bnfuse-\(digits).part")
  }
}
