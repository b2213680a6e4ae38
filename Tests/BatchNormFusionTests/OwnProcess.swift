import ProtobufIO

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What an exit test does to the process that it has for itself.
enum OwnProcess {
  /// Lets all that is written to standard output go to a file.
  static func redirectOutput(to path: FilePath) { dup2(unsafe open(path.description, O_WRONLY | O_TRUNC), 1) }

  /// Lets the process have no more than so many bytes of addresses.
  ///
  /// Not where a sanitizer's shadow of the memory alone takes more.
  static func limitMemory(to bytes: Int) {
    var text = [UInt8](repeating: 0, count: 64)
    let file = unsafe open("/proc/self/statm", O_RDONLY)
    let count = unsafe read(file, &text, text.count)
    close(file)
    let pages = text.prefix(max(count, 0)).prefix { $0 != UInt8(ascii: " ") }.reduce(0) { $0 * 10 + Int($1) - 48 }
    guard pages < 1 << 28 else { return }
    var limit = rlimit()
    limit.rlim_cur = rlim_t(bytes)
    limit.rlim_max = rlim_t(bytes)
    #if canImport(Glibc)
      let status = unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    #else
      let status = unsafe setrlimit(RLIMIT_AS, &limit)
    #endif
    precondition(status == 0, "a limit below the present one can be set")
  }
}
