import NumericKernels
import ProtobufIO
import RecordedData
import Tensors

/// Fourier transforms and what weights their frequencies.
extension OperatorTable {
  mutating func addSpectra() {
    add("DFT", Self.fourierTransform)
    add("STFT", Self.shortTimeTransform)
    add("MelWeightMatrix", Self.melWeights)
  }

  private static func fourierTransform(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let stated: Int
    if call.version < 20 {
      stated = try call.integer("axis", default: 1)
    } else {
      stated = call.hasInput(2) ? try call.integer(2) : -2
    }
    let axis = try call.axis(stated, rank: tensor.rank)
    guard axis < tensor.rank - 1, let parts = tensor.shape.last, parts == 1 || parts == 2 else {
      throw ComputationFailure("a signal of shape \(tensor.shape) cannot be transformed along axis \(axis)")
    }
    let isInverse = try call.integer("inverse", default: 0) == 1
    let isOneSided = try call.integer("onesided", default: 0) == 1
    guard !isOneSided || isInverse || parts == 1 else {
      throw ComputationFailure("a complex signal has no one-sided spectrum")
    }
    let size = tensor.shape[axis]
    let isReal = isInverse && isOneSided
    let length = call.hasInput(1) ? try call.integer(1) : isReal ? 2 * (size - 1) : size
    let count = isOneSided && !isInverse ? length / 2 + 1 : length
    let outputParts = isReal ? 1 : 2
    var shape = tensor.shape
    shape[axis] = count
    shape[tensor.rank - 1] = outputParts
    let total = try shape.checkedCount()
    guard try length > 0 && [length].checkedCount() > 0 else {
      throw ComputationFailure("a transform of length \(length) is not possible")
    }
    let inner = Shape.count(of: tensor.shape[(axis + 1)..<(tensor.rank - 1)])
    let lines = Shape.count(of: tensor.shape[..<axis]) * inner
    try Ledger.check(length, bytes: 64)
    try Ledger.count(lines + 1, length, FourierTransform.steps(forLength: length), cost: 8)
    let transform = FourierTransform(length: length, isInverse: isInverse)
    let factor: Double = isInverse ? 1 / Double(length) : 1
    let elements = try call.reals(0)
    var result = [S](repeating: 0, count: total)
    for line in 0..<lines {
      let (outer, place) = (line / inner, line % inner)
      var signal = [FourierTransform.Complex](repeating: .init(0, 0), count: length)
      // Half of a spectrum tells the other half where the signal is real.
      for index in 0..<min(size, isReal ? length / 2 + 1 : length) {
        let start = ((outer * size + index) * inner + place) * parts
        signal[index] = .init(Double(elements[start]), parts == 2 ? Double(elements[start + 1]) : 0)
        if isReal, index > 0, 2 * index < length {
          signal[length - index] = .init(signal[index].real, -signal[index].imaginary)
        }
      }
      let spectrum = transform.transformed(signal)
      for index in 0..<count {
        let start = ((outer * count + index) * inner + place) * outputParts
        result[start] = S(spectrum[index].real * factor)
        if outputParts == 2 { result[start + 1] = S(spectrum[index].imaginary * factor) }
      }
    }
    return try Tensor(shape, tensor.kind, reals: result)
  }

  /// The spectra of overlapping frames.
  private static func shortTimeTransform(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let parts = tensor.rank == 3 ? tensor.shape[2] : 1
    guard tensor.rank == 2 || tensor.rank == 3, parts == 1 || parts == 2 else {
      throw ComputationFailure("a signal of shape \(tensor.shape) cannot be cut into frames")
    }
    let (batch, size) = (tensor.shape[0], tensor.shape[1])
    let step = try call.integer(1)
    let window: [S]? = try call.optionalReals(2)
    let length = call.hasInput(3) ? try call.integer(3) : window?.count ?? size
    guard step > 0, length > 0, length <= size, window.map({ $0.count == length }) ?? true else {
      throw ComputationFailure("frames of \(length) elements every \(step) do not fit a signal of \(size)")
    }
    let isOneSided = try call.integer("onesided", default: 1) == 1
    guard !isOneSided || parts == 1 else { throw ComputationFailure("a complex signal has no one-sided spectrum") }
    let frames = (size - length) / step + 1
    let count = isOneSided ? length / 2 + 1 : length
    let shape = [batch, frames, count, 2]
    var result: [S] = []
    result.reserveCapacity(try shape.checkedCount())
    try Ledger.count(batch, frames + 1, length, FourierTransform.steps(forLength: length), cost: 8)
    let elements = try call.reals(0)
    let transform = FourierTransform(length: length, isInverse: false)
    for frame in 0..<(batch * frames) {
      let start = frame / frames * size + frame % frames * step
      let signal = (0..<length).map { index -> FourierTransform.Complex in
        let place = (start + index) * parts
        let weight = Double(window?[index] ?? 1)
        let imaginary: Double = parts == 2 ? Double(elements[place + 1]) : 0
        return .init(Double(elements[place]) * weight, imaginary * weight)
      }
      for number in transform.transformed(signal).prefix(count) {
        result.append(S(number.real))
        result.append(S(number.imaginary))
      }
    }
    return try Tensor(shape, tensor.kind, reals: result)
  }

  /// Triangles over the frequencies of a spectrum, evenly spaced on the mel scale.
  private static func melWeights(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (bands, length, rate) = (try call.integer(0), try call.integer(1), try call.integer(2))
    let kind = try Self.kind(call.integer("output_datatype", default: DataType.float32.rawValue))
    let shape = [max(length, 0) / 2 + 1, bands]
    guard bands > 0, length > 0, rate > 0 else {
      throw ComputationFailure("\(bands) bands of a spectrum of \(length) at a rate of \(rate) are not possible")
    }
    var result = [S](repeating: 0, count: try shape.checkedCount())
    func mel(_ frequency: Double) -> Double { 2595 * Double.logarithmOfOnePlus(frequency / 700) / Double.logarithm(10) }
    let (low, high) = (mel(try call.number(3)), mel(try call.number(4)))
    // The upper edge itself is no corner: the reference implementations space the corners so.
    let step = (high - low) / Double(bands + 2)
    let corners: [Double] = (0..<(bands + 2)).map { index in
      let frequency = 700 * Double.exponentialLessOne((low + step * Double(index)) / 2595 * Double.logarithm(10))
      return (Double(length + 1) * frequency / Double(rate)).rounded(.down)
    }
    guard corners.allSatisfy({ $0 >= 0 && $0 < Double(shape[0]) }) else {
      throw ComputationFailure("its frequencies lie outside of a spectrum of \(shape[0])")
    }
    for band in 0..<bands {
      let (left, center, right) = (Int(corners[band]), Int(corners[band + 1]), Int(corners[band + 2]))
      for bin in left..<max(left, center) { result[bin * bands + band] = S(Double(bin - left) / Double(center - left)) }
      for bin in center..<max(center, right) {
        result[bin * bands + band] = S(Double(right - bin) / Double(right - center))
      }
      result[center * bands + band] = 1
    }
    return try cast(Tensor(shape, .float64, reals: result), to: kind, saturates: true)
  }
}
