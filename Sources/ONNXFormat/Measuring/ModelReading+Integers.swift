import BatchNormFolding
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// What the integers of a quantized weight make of the error of their scales.
extension ModelReading {
  /// Notes the integers behind each scale that a fold changes.
  ///
  /// - Throws: `ModelFileError` where they cannot be read.
  /// - Complexity: O(integers), in the memory of a chunk and of the scales.
  func observeIntegers(
    of fold: Fold, _ weight: QuantizedWeight, in error: inout FoldError
  ) throws(ModelFileError) {
    let stored = try contents.storedElements(of: fold.form.weight)
    let map = fold.form.weightMap
    let sums = try integerSums(of: weight, scales: map.elementCount, shape: constants[fold.form.weight.index].shape)
    for index in 0..<map.elementCount {
      let (scale, channel) = (stored[stored.count == 1 ? 0 : index], map.channel(ofElement: index))
      error.observe(
        integersOf: scale, folded: fold.arithmetic.weight(scale, channel: channel), channel: channel,
        sum: sums[index])
    }
  }

  /// For each scale the sum of how far its integers are from their zero point.
  private func integerSums(
    of weight: QuantizedWeight, scales count: Int, shape scaleShape: [Int]
  ) throws(ModelFileError) -> [Double] {
    let integers = constants[weight.integers.index]
    var sums = Array(repeating: 0.0, count: count)
    guard let map = weight.map, map.elementCount == integers.shape.elementCount,
      let content = contents.elementBytes(of: weight.integers),
      let bitWidth = integers.type.bitWidth
    else { return sums.map { _ in .infinity } }
    let shape = integers.shape
    let inner = weight.blockSize == 0 ? 1 : shape[(weight.axis + 1)...].reduce(1, *)
    func scale(ofElement index: Int) -> Int {
      guard weight.blockSize > 0 else { return map.channel(ofElement: index) }
      let (row, place) = (index / inner / shape[weight.axis], index / inner % shape[weight.axis])
      return (row * scaleShape[weight.axis] + place / weight.blockSize) * inner + index % inner
    }
    let zeros = try zeroPoints(of: weight)
    let total = shape.elementCount ?? 0
    guard !integers.type.isSmallFloat else {
      // No such type has a number past this.
      for index in 0..<total { sums[scale(ofElement: index)] += 0x1p16 }
      return sums
    }
    let perByte = bitWidth < 8 ? 8 / bitWidth : 1
    let width = max(bitWidth / 8, 1)
    var (bytes, element) = ([UInt8](), 0)
    func add(_ bits: Int) {
      guard element < total else { return }
      let place = scale(ofElement: element)
      let zero = zeros.isEmpty ? 0 : zeros[zeros.count == 1 ? 0 : place]
      sums[place] += Double((integers.type.integer(bits) - zero).magnitude)
      element += 1
    }
    try buffer.forEachChunk(of: content, as: UInt8.self) { chunk, _, _ in
      for index in chunk.indices {
        guard width > 1 else {
          for lane in 0..<perByte { add(Int(chunk[index]) >> (lane * bitWidth) & (1 << bitWidth - 1)) }
          continue
        }
        bytes.append(chunk[index])
        guard bytes.count == width else { continue }
        add(bytes.reversed().reduce(0) { $0 << 8 | Int($1) })
        bytes.removeAll(keepingCapacity: true)
      }
    }
    return sums
  }

  /// One for each scale, or one for all; none where they are 0.
  private func zeroPoints(of weight: QuantizedWeight) throws(ModelFileError) -> [Int] {
    guard let id = weight.zeroPoint, case let constant = constants[id.index], !constant.type.isSmallFloat,
      let bitWidth = constant.type.bitWidth, let count = constant.shape.elementCount,
      let bytes = try contents.elementBytes(of: id)?.elements(of: UInt8.self)
    else { return [] }
    return (0..<count).map { index in
      let bits = (0..<bitWidth).reduce(0) { bits, bit in
        let place = index * bitWidth + bit
        guard place / 8 < bytes.count else { return bits }
        return bits | Int(bytes[place / 8] >> UInt8(place % 8) & 1) << bit
      }
      return constant.type.integer(bits)
    }
  }
}

extension DataType {
  /// Whether elements are floating-point numbers of less than 16 bits.
  fileprivate var isSmallFloat: Bool { name.hasPrefix("float") && (bitWidth ?? 16) < 16 }

  /// The integer that an element's bits stand for.
  fileprivate func integer(_ bits: Int) -> Int {
    guard name.hasPrefix("int"), let bitWidth, bitWidth < Int.bitWidth, bits >> (bitWidth - 1) & 1 == 1 else {
      return bits
    }
    return bits - 1 << bitWidth
  }
}
