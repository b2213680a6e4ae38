import Testing

@testable import ProtobufIO

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct SystemErrorTests {
  @Test(arguments: [
    (ENOENT, "no such file or folder"), (EACCES, "permission denied"), (EISDIR, "is a folder"),
    (ENOTDIR, "a part of the path is not a folder"), (ENOSPC, "no space left on the device"),
    (EROFS, "the file system is read-only"), (ELOOP, "too many symbolic links"),
    (ENAMETOOLONG, "the name is too long"), (EPIPE, "the reader closed the pipe"),
    (EIO, "input/output error"), (EFBIG, "the file would be larger than is allowed"),
    (EBADF, "is closed"), (EDQUOT, "the disk quota is used up"),
  ])
  func `is said in the words of the reports`(number: Int32, text: String) {
    #expect(SystemError(number: number).text == text)
  }
}
