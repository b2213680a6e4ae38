/// A convolution of channels, as ONNX's Conv: a correlation, without turning the kernel around.
package struct Convolution: Sendable {
  package let geometry: WindowGeometry
  package let batch: Int
  package let inputChannels: Int
  package let outputChannels: Int
  package let groups: Int

  /// The elements that unfolded inputs may fill: they should stay in the cache until they are multiplied.
  private static let blockSize = 1 << 18

  /// - Precondition: The groups divide both numbers of channels.
  package init(geometry: WindowGeometry, batch: Int, inputChannels: Int, outputChannels: Int, groups: Int) {
    precondition(
      groups > 0 && inputChannels % groups == 0 && outputChannels % groups == 0, "groups must divide the channels")
    self.geometry = geometry
    self.batch = batch
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.groups = groups
  }

  /// The lines of the output whose inputs are unfolded together.
  package var linesPerBlock: Int {
    geometry.isPointwise ? geometry.rows : max(1, Self.blockSize / max(countPerLine, 1))
  }

  /// The elements of what is unfolded at one time, or the largest integer where no integer holds them.
  package var unfoldedCount: Int {
    guard !geometry.isPointwise else { return 0 }
    let (count, overflow) = countPerLine.multipliedReportingOverflow(by: min(linesPerBlock, geometry.rows))
    return overflow ? .max : count
  }

  private var countPerLine: Int {
    let (count, overflow) = (inputsPerGroup * geometry.taps).multipliedReportingOverflow(by: geometry.width)
    return overflow ? .max : count
  }

  private var inputsPerGroup: Int { inputChannels / groups }
  private var outputsPerGroup: Int { outputChannels / groups }

  /// The result, `[batch, outputChannels, output…]`.
  ///
  /// - Parameters:
  ///   - x: `[batch, inputChannels, input…]`.
  ///   - weight: `[outputChannels, inputChannels / groups, kernel…]`.
  ///   - bias: `[outputChannels]`, or nil.
  /// - Complexity: O(batch · outputChannels · outputs · inputChannels / groups · taps).
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func result<S: Scalar>(_ x: [S], weight: [S], bias: [S]?, by product: MatrixProduct) -> [S] {
    precondition(
      x.count == batch * inputChannels * geometry.inputCount
        && weight.count == outputChannels * inputsPerGroup * geometry.taps
        && (bias.map { $0.count == outputChannels } ?? true), "arrays must be as large as their shapes")
    let size = geometry.outputCount
    // Where nothing is multiplied, nothing would be written.
    var y = [S](repeating: 0, count: batch * outputChannels * size)
    if let bias { fill(&y, with: bias) }
    guard !y.isEmpty, inputsPerGroup * geometry.taps > 0 else { return y }
    if outputsPerGroup <= 2, !geometry.isPointwise {
      addDirectly(x, weight, to: &y)
    } else {
      addProducts(x, weight, to: &y, isEmpty: bias == nil, by: product)
    }
    return y
  }

  private func fill<S: Scalar>(_ y: inout [S], with bias: [S]) {
    let size = geometry.outputCount
    var span = y.mutableSpan
    for plane in 0..<(batch * outputChannels) {
      var line = span._mutatingExtracting((plane * size)..<((plane + 1) * size))
      let element = bias[plane % outputChannels]
      for index in line.indices { line[index] = element }
    }
  }

  /// By matrix products of the weight and blocks of unfolded inputs.
  @inline(__always)
  private func addProducts<S: Scalar>(
    _ x: [S], _ weight: [S], to y: inout [S], isEmpty: Bool, by product: MatrixProduct
  ) {
    let size = geometry.outputCount
    let inner = inputsPerGroup * geometry.taps
    let rowsPerBlock = linesPerBlock
    var block: [S] = []
    var target = y.mutableSpan
    for start in stride(from: 0, to: geometry.rows, by: rowsPerBlock) {
      let rows = start..<min(start + rowsPerBlock, geometry.rows)
      let columns = rows.count * geometry.width
      let runs = geometry.isPointwise ? [] : geometry.runs(ofRows: rows)
      if !geometry.isPointwise { block = [S](repeating: 0, count: inner * columns) }
      for slice in 0..<(batch * groups) {
        let (image, group) = (slice / groups, slice % groups)
        let input = (image * inputChannels + group * inputsPerGroup) * geometry.inputCount
        let output = MatrixLayout(
          offset: (image * outputChannels + group * outputsPerGroup) * size + start * geometry.width, stride: size)
        let shape = ProductSize(rows: outputsPerGroup, columns: columns, inner: inner)
        let weights = MatrixLayout(offset: group * outputsPerGroup * inner, stride: inner)
        if geometry.isPointwise {
          product.multiply(
            shape, weight.span, weights, x.span, MatrixLayout(offset: input, stride: size), into: &target, output,
            accumulating: !isEmpty)
        } else {
          unfold(x.span, from: input, runs, firstOutput: start * geometry.width, columns: columns, into: &block)
          product.multiply(
            shape, weight.span, weights, block.span, MatrixLayout(stride: columns), into: &target, output,
            accumulating: !isEmpty)
        }
      }
    }
  }

  /// Lays the inputs of each tap in a row, `[inputsPerGroup · taps, columns]`.
  ///
  /// What lies in the padding is 0 already, and the same places of every image are.
  @inline(__always)
  private func unfold<S: Scalar>(
    _ x: borrowing Span<S>, from start: Int, _ runs: [WindowRun], firstOutput: Int, columns: Int,
    into block: inout [S]
  ) {
    var target = block.mutableSpan
    let step = geometry.step
    for channel in 0..<inputsPerGroup {
      let plane = x.extracting(
        (start + channel * geometry.inputCount)..<(start + (channel + 1) * geometry.inputCount))
      for run in runs {
        let place = (channel * geometry.taps + run.tap) * columns + run.output - firstOutput
        var line = target._mutatingExtracting(place..<(place + run.count))
        if step == 1 {
          let source = plane.extracting(run.input..<(run.input + run.count))
          for index in line.indices { line[index] = source[index] }
        } else {
          for index in line.indices { line[index] = plane[run.input + index * step] }
        }
      }
    }
  }

  /// Tap by tap, where a group has too few outputs for a matrix product to pay.
  @inline(__always)
  private func addDirectly<S: Scalar>(_ x: [S], _ weight: [S], to y: inout [S]) {
    let runs = geometry.runs(ofRows: 0..<geometry.rows)
    let (inputs, outputs, taps) = (geometry.inputCount, geometry.outputCount, geometry.taps)
    var target = y.mutableSpan
    for image in 0..<batch {
      for output in 0..<outputChannels {
        let group = output / outputsPerGroup
        let place = (image * outputChannels + output) * outputs
        var plane = target._mutatingExtracting(place..<(place + outputs))
        for channel in 0..<inputsPerGroup {
          let start = (image * inputChannels + group * inputsPerGroup + channel) * inputs
          let source = x.span.extracting(start..<(start + inputs))
          let weights = (output * inputsPerGroup + channel) * taps
          for run in runs { add(source, run, times: weight[weights + run.tap], to: &plane) }
        }
      }
    }
  }

  @inline(__always)
  private func add<S: Scalar>(
    _ source: borrowing Span<S>, _ run: WindowRun, times factor: S, to plane: inout MutableSpan<S>
  ) {
    var line = plane._mutatingExtracting(run.output..<(run.output + run.count))
    let step = geometry.step
    if step == 1 {
      let inputs = source.extracting(run.input..<(run.input + run.count))
      for index in line.indices { line[index] += factor * inputs[index] }
    } else {
      for index in line.indices { line[index] += factor * source[run.input + index * step] }
    }
  }
}
