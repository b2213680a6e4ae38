#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The number that a failed system call leaves, with its text.
struct SystemError: Error {
  let number: Int32

  /// The last failure of a system call on this thread.
  static var last: SystemError { SystemError(number: errno) }

  var text: String {
    switch number {
    case ENOENT: "no such file or folder"
    case EACCES: "permission denied"
    case EISDIR: "is a folder"
    case ENOTDIR: "a part of the path is not a folder"
    case ENOSPC: "no space left on the device"
    case EDQUOT: "the disk quota is used up"
    case EFBIG: "the file would be larger than is allowed"
    case EIO: "input/output error"
    case EROFS: "the file system is read-only"
    case ELOOP: "too many symbolic links"
    case ENAMETOOLONG: "the name is too long"
    case EPIPE: "the reader closed the pipe"
    case EBADF: "is closed"
    default: unsafe String(cString: strerror(number))
    }
  }
}
