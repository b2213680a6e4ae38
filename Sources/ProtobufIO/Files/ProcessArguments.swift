import CSystemShims

/// The arguments that this process was started with.
package enum ProcessArguments {
  /// Each argument's bytes, the program's own name first, as `main` was given them.
  package static var all: [[UInt8]] {
    (0..<shim_argument_count()).compactMap { index in
      unsafe shim_argument(index).map { unsafe ByteText.bytes(of: $0) }
    }
  }
}
