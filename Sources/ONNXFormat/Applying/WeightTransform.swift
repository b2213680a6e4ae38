import BatchNormFolding
import ProtobufIO
import Synchronization

/// What became of a weight while it was streamed.
protocol WeightOutcome: AnyObject {
  var outcome: ChunkOutcome { get }
}

/// Scales the chunks of one weight as they stream by and keeps account of what they became, on whichever thread.
final class WeightTransform<Element: StoredElement>: ChunkTransform, WeightOutcome {
  /// The folds of the plan, so that there is one copy of their arithmetic, and which of them this is.
  private let folds: [Fold]
  private let index: Int
  private let places: [Int]?
  private let account = Mutex(ChunkOutcome())

  /// - Parameter places: The index of each stored element in the weight, nil where all are stored.
  init(_ folds: [Fold], _ index: Int, _ places: [Int]?) {
    (self.folds, self.index, self.places) = (folds, index, places)
  }

  func transform(_ source: Span<Element>, into target: inout MutableSpan<Element>, from first: Int) {
    let (arithmetic, map) = (folds[index].arithmetic, folds[index].form.weightMap)
    var total = ChunkOutcome()
    var start = 0
    while start < source.count {
      let run = start..<endOfRun(from: start, in: source.count, first)
      var part = target._mutatingExtracting(run)
      let place = places?[first + start] ?? first + start
      total.merge(arithmetic.scale(source.extracting(run), into: &part, from: place, map: map))
      start = run.upperBound
    }
    account.withLock { $0.merge(total) }
  }

  /// Where the elements of a chunk end that stand one behind the other in the weight.
  private func endOfRun(from start: Int, in count: Int, _ first: Int) -> Int {
    guard let places else { return count }
    var end = start + 1
    while end < count, places[first + end] == places[first + end - 1] + 1 { end += 1 }
    return end
  }

  var outcome: ChunkOutcome { account.withLock { $0 } }
}

extension StorageType {
  /// The transform that scales the weight of a plan's fold, which is of this type.
  ///
  /// - Parameter places: The index of each stored element in the weight, nil where all are stored.
  func makeTransform(
    _ folds: [Fold], _ index: Int, of places: [Int]? = nil
  ) -> any ChunkTransform & WeightOutcome {
    switch self {
    case .float16: WeightTransform<Float16>(folds, index, places)
    case .bfloat16: WeightTransform<BFloat16>(folds, index, places)
    case .float32: WeightTransform<Float>(folds, index, places)
    case .float64: WeightTransform<Double>(folds, index, places)
    }
  }

  /// Little-endian bytes of elements that this type holds exactly.
  func bytes(of values: [Double]) -> [UInt8] {
    switch self {
    case .float16: Self.bytes(values.map { Float16($0).bitPattern })
    case .bfloat16: Self.bytes(values.map { BFloat16(representing: $0).bits })
    case .float32: Self.bytes(values.map { Float($0).bitPattern })
    case .float64: Self.bytes(values.map(\.bitPattern))
    }
  }

  /// The value of one element from its little-endian bytes.
  func value(of element: [UInt8]) -> Double {
    let bits = element.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return switch self {
    case .float16: Float16(bitPattern: UInt16(truncatingIfNeeded: bits)).widened
    case .bfloat16: BFloat16(bits: UInt16(truncatingIfNeeded: bits)).widened
    case .float32: Float(bitPattern: UInt32(truncatingIfNeeded: bits)).widened
    case .float64: Double(bitPattern: bits)
    }
  }

  private static func bytes<Bits: FixedWidthInteger>(_ patterns: [Bits]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(patterns.count * Bits.bitWidth / 8)
    for pattern in patterns {
      for shift in stride(from: 0, to: Bits.bitWidth, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: pattern >> shift))
      }
    }
    return bytes
  }
}
