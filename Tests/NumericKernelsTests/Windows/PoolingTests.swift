import Testing

@testable import NumericKernels

@Suite struct PoolingTests {
  private static let cases = WindowCase.all.filter { $0.channels.input > 0 && $0.batch > 0 }

  @Test(arguments: cases)
  func `pools the elements of each window that lie in the input`(_ test: WindowCase) {
    let planes = test.batch * test.channels.input
    let (inputs, outputs) = (test.geometry.inputCount, test.geometry.outputCount)
    let x = samples(planes * inputs)
    var windows = [[Float]](repeating: [], count: planes * outputs)
    for plane in 0..<planes {
      for link in test.links { windows[plane * outputs + link.output].append(x[plane * inputs + link.input]) }
    }
    let pooling = Pooling(geometry: test.geometry, planes: planes)
    #expect(pooling.maxima(x) == windows.map { $0.max() ?? -.infinity })
    #expect(pooling.sums(x) == windows.map { $0.reduce(0, +) })
    let means = pooling.means(x, countingPaddingUpTo: nil)
    #expect(zip(means, windows).allSatisfy { $1.isEmpty ? $0.isNaN : $0 == $1.reduce(0, +) / Float($1.count) })
    let places = pooling.placesOfMaxima(x)
    for index in places.indices {
      let element = places[index] < 0 ? nil : x[index / outputs * inputs + places[index]]
      #expect(element == windows[index].max())
    }
  }

  private func pooling(_ size: Int, kernel: Int, output: Int, stride: Int = 1, padding: Int = 0) -> Pooling {
    Pooling(
      geometry: WindowGeometry(
        input: [size], output: [output], kernel: [kernel], strides: [stride], dilations: [1], padding: [padding]),
      planes: 1)
  }

  @Test func `of equal elements the first one's place counts`() {
    #expect(pooling(5, kernel: 3, output: 3).placesOfMaxima([2, 2, 1, 2, 2] as [Float]) == [0, 1, 3])
  }

  @Test func `NaN is the largest element and found as such`() {
    let x: [Float] = [1, .nan, 2]
    #expect(pooling(3, kernel: 2, output: 2).maxima(x).allSatisfy { $0.isNaN })
    #expect(pooling(3, kernel: 2, output: 2).placesOfMaxima(x) == [1, 1])
    #expect(pooling(3, kernel: 3, output: 1).placesOfMaxima([1, .nan, .nan] as [Double]) == [1])
  }

  @Test func `a window of padding alone has no element`() {
    let pooling = pooling(2, kernel: 1, output: 4, padding: 1)
    #expect(pooling.maxima([3, 4] as [Float]) == [-.infinity, 3, 4, -.infinity])
    #expect(pooling.placesOfMaxima([3, 4] as [Float]) == [-1, 0, 1, -1])
    #expect(pooling.means([3, 4] as [Double], countingPaddingUpTo: nil)[0].isNaN)
  }

  @Test func `padding counts where it is asked for, and only up to its end`() {
    // A last window that begins inside and ends behind the padding counts what lies before its end.
    let pooling = pooling(4, kernel: 3, output: 3, stride: 2, padding: 1)
    let x: [Double] = [6, 6, 6, 6]
    #expect(pooling.means(x, countingPaddingUpTo: nil) == [6, 6, 6])
    #expect(pooling.means(x, countingPaddingUpTo: [1]) == [4, 6, 3])
    #expect(pooling.geometry.tapCounts(countingPaddingUpTo: [1]) == [3, 3, 2])
    #expect(pooling.geometry.tapCounts(countingPaddingUpTo: nil) == [2, 3, 1])
  }

  @Test func `counts of two axes are multiplied`() {
    let geometry = WindowGeometry(
      input: [2, 3], output: [2, 3], kernel: [2, 2], strides: [1, 1], dilations: [1, 1], padding: [0, 0])
    #expect(geometry.tapCounts(countingPaddingUpTo: nil) == [4, 4, 2, 2, 2, 1])
  }
}
