import CLibFuzzer
import FuzzTargets

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// What libFuzzer calls. BNFUSE_FUZZ names the target, BNFUSE_FUZZ_FOLDER a folder, best in memory.

private enum Runner {
  static let surroundings: FuzzSurroundings = {
    guard let target = FuzzTarget(rawValue: setting("BNFUSE_FUZZ")) else {
      fatalError("BNFUSE_FUZZ must be one of \(FuzzTarget.allCases.map(\.rawValue))")
    }
    do {
      return try FuzzSurroundings(for: target, at: "\(setting("BNFUSE_FUZZ_FOLDER"))/\(getpid())")
    } catch {
      fatalError("\(error)")
    }
  }()

  private static func setting(_ name: String) -> String {
    unsafe getenv(name).map { unsafe String(cString: $0) } ?? ""
  }

  /// Writes bytes where libFuzzer wants them; nil where they do not fit.
  static func put(_ bytes: [UInt8]?, at target: UnsafeMutablePointer<UInt8>, capacity: Int) -> Int? {
    guard let bytes, bytes.count <= capacity else { return nil }
    unsafe target.update(from: bytes, count: bytes.count)
    return bytes.count
  }

  /// Bytes as libFuzzer itself changes them.
  static func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var buffer = bytes + [UInt8](repeating: 0, count: 16)
    let count = unsafe libfuzzer_mutate(&buffer, bytes.count, buffer.count)
    return Array(buffer.prefix(count))
  }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  do {
    try Runner.surroundings.run(unsafe Array(UnsafeBufferPointer(start: data, count: count)))
  } catch let error where error is BrokenPromise || error is SystemFailure {
    fatalError("\(error)")
  } catch {}
  return 0
}

@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int, _ seed: CUnsignedInt) -> Int {
  // Well-formed messages reach deep, broken ones the readers themselves.
  if seed % 4 != 0 {
    var mutator = WireMutator(seed: UInt64(seed), mutateBytes: Runner.mutated)
    let changed = unsafe mutator.mutated(Array(UnsafeBufferPointer(start: data, count: count)))
    if let size = unsafe Runner.put(changed, at: data, capacity: capacity) { return size }
  }
  return unsafe libfuzzer_mutate(data, count, capacity)
}

@_cdecl("LLVMFuzzerCustomCrossOver")
public func cross(
  _ first: UnsafePointer<UInt8>, _ firstCount: Int, _ second: UnsafePointer<UInt8>, _ secondCount: Int,
  _ output: UnsafeMutablePointer<UInt8>, _ capacity: Int, _ seed: CUnsignedInt
) -> Int {
  var mutator = WireMutator(seed: UInt64(seed), mutateBytes: Runner.mutated)
  let crossed = unsafe mutator.crossed(
    Array(UnsafeBufferPointer(start: first, count: firstCount)),
    with: Array(UnsafeBufferPointer(start: second, count: secondCount)))
  return unsafe Runner.put(crossed, at: output, capacity: capacity) ?? 0
}
