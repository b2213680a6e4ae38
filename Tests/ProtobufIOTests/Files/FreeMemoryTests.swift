import Testing

@testable import ProtobufIO

@Suite struct FreeMemoryTests {
  private let folder = TemporaryFolder()

  private func write(_ text: String, to path: String) {
    let parent = path.split(separator: "/").dropLast().joined(separator: "/")
    folder.make(parent)
    folder.write(Array(text.utf8), to: path)
  }

  private var bytes: Int { FreeMemory(root: folder.path).bytes }

  init() { write("MemTotal:  9000 kB\nMemAvailable:    4000 kB\nCached: 1 kB\n", to: "proc/meminfo") }

  @Test func `it is what the machine has available`() { #expect(bytes == 4000 * 1024) }

  @Test func `a control group that leaves less counts, and so does one around it`() {
    write("0::/a/b\n", to: "proc/self/cgroup")
    write("max\n", to: "sys/fs/cgroup/a/b/memory.max")
    write("50\n", to: "sys/fs/cgroup/a/b/memory.current")
    #expect(bytes == 4000 * 1024)
    write("100000\n", to: "sys/fs/cgroup/a/memory.max")
    write("60000\n", to: "sys/fs/cgroup/a/memory.current")
    #expect(bytes == 40_000)
  }

  @Test func `what a control group holds of files that can be read again is free`() {
    write("0::/\n", to: "proc/self/cgroup")
    write("100000\n", to: "sys/fs/cgroup/memory.max")
    write("90000\n", to: "sys/fs/cgroup/memory.current")
    write("anon 5\ninactive_file 30000\n", to: "sys/fs/cgroup/memory.stat")
    #expect(bytes == 40_000)
  }

  @Test func `control groups of the first version count, where a container shows only its own`() {
    write("9:cpu:/x\n4:memory:/docker/1\n0::/\n", to: "proc/self/cgroup")
    write("200000\n", to: "sys/fs/cgroup/memory/memory.limit_in_bytes")
    write("50000\n", to: "sys/fs/cgroup/memory/memory.usage_in_bytes")
    #expect(bytes == 150_000)
    write("9223372036854771712\n", to: "sys/fs/cgroup/memory/memory.limit_in_bytes")
    #expect(bytes == 4000 * 1024)
  }

  @Test func `a group that holds more than its limit leaves nothing`() {
    write("0::/\n", to: "proc/self/cgroup")
    write("100\n", to: "sys/fs/cgroup/memory.max")
    write("200\n", to: "sys/fs/cgroup/memory.current")
    #expect(bytes == 0)
  }

  @Test func `a machine that says nothing counts as free`() {
    #expect(FreeMemory(root: folder.path("nowhere")).bytes > 1 << 20)
  }
}
