#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The memory that a process can still have, as the system tells it.
package struct FreeMemory {
  /// The folder in which the system's files lie; another one in tests.
  private let root: FilePath

  package init(root: FilePath = "") { self.root = root }

  /// The bytes that the machine, the control groups of the process and its limit on addresses all leave free.
  ///
  /// A machine that does not say what is free counts as having all of its memory free.
  package var bytes: Int {
    ([machine ?? Self.installed, addresses] + groups).compactMap { $0 }.min() ?? .max
  }

  /// What the machine has free, counting what it can take from its caches.
  private var machine: Int? {
    text("/proc/meminfo").flatMap { Self.number(after: "MemAvailable:", in: $0) }.map { $0 * 1024 }
  }

  private static var installed: Int? {
    let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    return pages > 0 && size > 0 ? pages * size : nil
  }

  /// What the process's limit on addresses leaves; nil without one.
  private var addresses: Int? {
    var limit = rlimit()
    guard unsafe getrlimit(Self.addressSpace, &limit) == 0, limit.rlim_cur < rlim_t(Int.max) else { return nil }
    let pages = text("/proc/self/statm").flatMap { $0.split(separator: " ").first }.flatMap { Int($0) } ?? 0
    return max(0, Int(limit.rlim_cur) - pages * sysconf(Int32(_SC_PAGESIZE)))
  }

  #if canImport(Glibc)
    private static var addressSpace: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_AS.rawValue) }
  #else
    private static var addressSpace: Int32 { RLIMIT_AS }
  #endif

  /// What each control group that the process is in, and each around it, leaves.
  private var groups: [Int] {
    let lines = text("/proc/self/cgroup")?.split(separator: "\n") ?? []
    return lines.flatMap { line -> [Int] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      if fields[0] == "0", fields[1].isEmpty {
        return free(
          in: "/sys/fs/cgroup", fields[2], limit: "memory.max", use: "memory.current", cache: "inactive_file ")
      }
      guard fields[1].split(separator: ",").contains("memory") else { return [] }
      return free(
        in: "/sys/fs/cgroup/memory", fields[2], limit: "memory.limit_in_bytes", use: "memory.usage_in_bytes",
        cache: "total_inactive_file ")
    }
  }

  /// In a container the group's own folder may be the root of what is mounted.
  private func free(
    in mount: String, _ path: Substring, limit: String, use: String, cache: String
  ) -> [Int] {
    var parts = path.split(separator: "/")[...]
    var found: [Int] = []
    while true {
      let folder = parts.reduce(mount) { "\($0)/\($1)" }
      if let most = number("\(folder)/\(limit)"), let used = number("\(folder)/\(use)") {
        let reclaimable = text("\(folder)/memory.stat").flatMap { Self.number(after: cache, in: $0) } ?? 0
        found.append(max(0, most - max(0, used - reclaimable)))
      }
      if parts.popLast() == nil { return found }
    }
  }

  /// The number that a file holds; nil where it says `max`, or more than any machine has.
  private func number(_ path: String) -> Int? {
    text(path).flatMap { Int($0.prefix { $0 != "\n" }) }.flatMap { $0 < 1 << 60 ? $0 : nil }
  }

  private static func number(after title: String, in text: String) -> Int? {
    for line in text.split(separator: "\n") where line.hasPrefix(title) {
      return Int(line.dropFirst(title.count).drop { $0 == " " }.prefix { $0.isNumber })
    }
    return nil
  }

  private func text(_ path: String) -> String? {
    let path = FilePath(bytes: root.bytes + path.utf8)
    guard let file = try? FileSource.existing(at: path, settles: false) else { return nil }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in unsafe try? file.readSome(into: buffer, at: 0) }
    return count.map { String(decoding: bytes.prefix($0), as: UTF8.self) }
  }
}
