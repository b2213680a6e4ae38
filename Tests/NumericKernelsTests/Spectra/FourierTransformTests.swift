import NumericKernels
import Testing

@Suite struct FourierTransformTests {
  @Test(arguments: [1, 2, 3, 4, 5, 6, 8, 12, 17])
  func `is the sum over the signal's turned numbers`(length: Int) {
    let signal = (0..<length).map { FourierTransform.Complex(Double($0 % 3) - 1, Double($0 % 5)) }
    let result = FourierTransform(length: length, isInverse: false).transformed(signal)
    for frequency in 0..<length {
      var (real, imaginary) = (0.0, 0.0)
      for (index, number) in signal.enumerated() {
        let angle = -2 * .pi * Double(frequency * index) / Double(length)
        real += number.real * Double.cosine(angle) - number.imaginary * Double.sine(angle)
        imaginary += number.real * Double.sine(angle) + number.imaginary * Double.cosine(angle)
      }
      #expect(abs(result[frequency].real - real) < 1e-9 && abs(result[frequency].imaginary - imaginary) < 1e-9)
    }
  }

  @Test(arguments: [1, 6, 7])
  func `the inverse leads back, times the length`(length: Int) {
    let signal = (0..<length).map { FourierTransform.Complex(Double($0), -1) }
    let there = FourierTransform(length: length, isInverse: false).transformed(signal)
    let back = FourierTransform(length: length, isInverse: true).transformed(there)
    for (number, original) in zip(back, signal) {
      #expect(abs(number.real / Double(length) - original.real) < 1e-9)
      #expect(abs(number.imaginary / Double(length) - original.imaginary) < 1e-9)
    }
  }
}
