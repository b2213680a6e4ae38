import Testing

@testable import NumericKernels

@Suite struct ConvolutionTests {
  @Test(arguments: WindowCase.all, [false, true])
  func `each output is the sum over its window`(_ test: WindowCase, hasBias: Bool) {
    let x = samples(test.inputCount)
    let weight = samples(test.weightCount, from: 2)
    let bias = hasBias ? samples(test.channels.output, from: 3) : nil
    #expect(
      test.convolution.result(x, weight: weight, bias: bias, by: MatrixProduct(library: nil))
        == test.convolved(x, weight, bias))
  }

  @Test func `a correlation does not turn its kernel around`() {
    let test = WindowCase("", channels: (1, 1), [4], [2])
    let result = test.convolution.result(
      [1, 2, 3, 4] as [Double], weight: [10, 1], bias: [0.5], by: MatrixProduct(library: nil))
    #expect(result == [12.5, 23.5, 34.5])
  }

  @Test func `inputs that do not fit one block are unfolded in several`() {
    // 64 · 9 · 256 elements for each line of outputs: one line at a time.
    let test = WindowCase("", channels: (64, 3), [4, 256], [3, 3], padding: [(1, 1), (1, 1)])
    let (x, weight) = (samples(test.inputCount), samples(test.weightCount, from: 2))
    #expect(
      test.convolution.result(x, weight: weight, bias: nil, by: MatrixProduct(library: nil))
        == test.convolved(x, weight, nil))
  }

  @Test(arguments: WindowCase.all)
  func `a transposed convolution spreads each input over its window`(_ test: WindowCase) {
    let y = samples(test.outputCount)
    let weight = samples(test.weightCount, from: 2)
    let bias = samples(test.channels.input, from: 3)
    #expect(
      test.transposed.result(y, weight: weight, bias: bias, by: MatrixProduct(library: nil))
        == test.spread(y, weight, bias))
  }

  @Test(arguments: WindowCase.all)
  func `a convolution and its transpose are adjoint`(_ test: WindowCase) {
    let (x, y) = (samples(test.inputCount, as: Double.self), samples(test.outputCount, as: Double.self, from: 5))
    let weight = samples(test.weightCount, as: Double.self, from: 2)
    let product = MatrixProduct(library: nil)
    let forward = test.convolution.result(x, weight: weight, bias: nil, by: product)
    let backward = test.transposed.result(y, weight: weight, bias: nil, by: product)
    #expect(zip(forward, y).reduce(0) { $0 + $1.0 * $1.1 } == zip(x, backward).reduce(0) { $0 + $1.0 * $1.1 })
  }

  @Test func `groups that do not divide the channels trap`() async {
    await #expect(processExitsWith: .failure) {
      let geometry = WindowGeometry(
        input: [1], output: [1], kernel: [1], strides: [1], dilations: [1], padding: [0])
      _ = Convolution(geometry: geometry, batch: 1, inputChannels: 3, outputChannels: 4, groups: 2)
    }
  }
}

extension WindowCase {
  fileprivate var inputCount: Int { batch * channels.input * input.reduce(1, *) }
  fileprivate var outputCount: Int { batch * channels.output * output.reduce(1, *) }
  fileprivate var weightCount: Int { channels.output * (channels.input / groups) * kernel.reduce(1, *) }

  fileprivate var convolution: Convolution {
    Convolution(
      geometry: geometry, batch: batch, inputChannels: channels.input, outputChannels: channels.output, groups: groups)
  }

  fileprivate var transposed: TransposedConvolution {
    TransposedConvolution(
      geometry: geometry, batch: batch, inputChannels: channels.output, outputChannels: channels.input, groups: groups)
  }

  /// Calls `body` for each product of an input and a weight, with the output that it belongs to.
  private func forEachProduct(_ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void) {
    let (inputs, outputs) = (channels.input / groups, channels.output / groups)
    let (inputSize, outputSize, taps) = (input.reduce(1, *), output.reduce(1, *), kernel.reduce(1, *))
    let links = links
    for image in 0..<batch {
      for target in 0..<channels.output {
        for channel in 0..<inputs {
          let source = target / outputs * inputs + channel
          for link in links {
            body(
              (image * channels.input + source) * inputSize + link.input, (target * inputs + channel) * taps + link.tap,
              (image * channels.output + target) * outputSize + link.output)
          }
        }
      }
    }
  }

  fileprivate func convolved(_ x: [Float], _ weight: [Float], _ bias: [Float]?) -> [Float] {
    let size = output.reduce(1, *)
    var y = (0..<outputCount).map { bias?[$0 / size % channels.output] ?? 0 }
    forEachProduct { y[$2] += x[$0] * weight[$1] }
    return y
  }

  fileprivate func spread(_ y: [Float], _ weight: [Float], _ bias: [Float]) -> [Float] {
    let size = input.reduce(1, *)
    var x = (0..<inputCount).map { bias[$0 / size % channels.input] }
    forEachProduct { x[$0] += y[$2] * weight[$1] }
    return x
  }
}
