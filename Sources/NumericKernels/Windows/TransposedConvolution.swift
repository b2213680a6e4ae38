/// A transposed convolution, as ONNX's ConvTranspose: the adjoint of a convolution that leads back.
package struct TransposedConvolution: Sendable {
  /// Of the convolution whose input is this operator's output.
  package let geometry: WindowGeometry
  package let batch: Int
  package let inputChannels: Int
  package let outputChannels: Int
  package let groups: Int

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

  /// The result, `[batch, outputChannels, geometry.input…]`.
  ///
  /// - Parameters:
  ///   - x: `[batch, inputChannels, geometry.output…]`.
  ///   - weight: `[inputChannels, outputChannels / groups, kernel…]`.
  ///   - bias: `[outputChannels]`, or nil.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func result<S: Scalar>(_ x: [S], weight: [S], bias: [S]?, by product: MatrixProduct) -> [S] {
    let (inputs, outputs) = (geometry.outputCount, geometry.inputCount)
    let (inputsPerGroup, outputsPerGroup) = (inputChannels / groups, outputChannels / groups)
    let lines = outputsPerGroup * geometry.taps
    precondition(
      x.count == batch * inputChannels * inputs && weight.count == inputChannels * lines
        && (bias.map { $0.count == outputChannels } ?? true), "arrays must be as large as their shapes")
    var y = [S](repeating: 0, count: batch * outputChannels * outputs)
    if let bias {
      for index in y.indices { y[index] = bias[index / outputs % outputChannels] }
    }
    let runs = geometry.runs(ofRows: 0..<geometry.rows)
    var block = [S](repeating: 0, count: lines * inputs)
    for slice in 0..<(batch * groups) {
      let (image, group) = (slice / groups, slice % groups)
      var unfolded = block.mutableSpan
      product.multiply(
        ProductSize(rows: lines, columns: inputs, inner: inputsPerGroup), weight.span,
        MatrixLayout(offset: group * inputsPerGroup * lines, stride: lines, isTransposed: true), x.span,
        MatrixLayout(offset: (image * inputChannels + group * inputsPerGroup) * inputs, stride: inputs),
        into: &unfolded, MatrixLayout(stride: inputs))
      fold(
        block, runs, inputs, channels: outputsPerGroup,
        to: (image * outputChannels + group * outputsPerGroup) * outputs, of: &y)
    }
    return y
  }

  /// Adds each tap's products to the places that the tap looks at.
  @inline(__always)
  private func fold<S: Scalar>(
    _ block: [S], _ runs: [WindowRun], _ inputs: Int, channels: Int, to start: Int, of y: inout [S]
  ) {
    let outputs = geometry.inputCount
    let step = geometry.step
    for channel in 0..<channels {
      for run in runs {
        let source = (channel * geometry.taps + run.tap) * inputs + run.output
        let target = start + channel * outputs + run.input
        for index in 0..<run.count { y[target + index * step] += block[source + index] }
      }
    }
  }
}
