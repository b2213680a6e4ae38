import NumericKernels
import Tensors
import Testing

@Suite struct UnaryFunctionTests {
  private static let all: [UnaryFunction] = [
    .absolute, .negated, .reciprocal, .squareRoot, .sign, .ceiling, .floor, .roundedToEven, .exponential, .logarithm,
    .errorFunction, .sine, .cosine, .tangent, .arcSine, .arcCosine, .arcTangent, .hyperbolicSine, .hyperbolicCosine,
    .hyperbolicTangent, .areaSine, .areaCosine, .areaTangent, .relu, .sigmoid, .softplus, .softsign, .mish, .hardSwish,
    .gelu, .tanhGelu, .leakyRelu(alpha: 0.1), .thresholdedRelu(alpha: 1), .elu(alpha: 1), .celu(alpha: 2),
    .selu(alpha: 1.5, gamma: 2), .hardSigmoid(alpha: 0.2, beta: 0.5), .swish(alpha: 1), .shrink(lambda: 1, bias: 0),
    .clipped(least: -1, greatest: 1), .affine(alpha: 2, beta: 1), .scaledTanh(alpha: 2, beta: 3),
  ]

  private func image(_ function: UnaryFunction, _ x: Double) -> Double {
    var elements = [x]
    function.apply(to: &elements)
    return elements[0]
  }

  @Test(arguments: all)
  func `NaN stays NaN in either precision`(function: UnaryFunction) {
    #expect(image(function, .nan).isNaN)
    var single: [Float] = [.nan]
    function.apply(to: &single)
    #expect(single[0].isNaN)
  }

  @Test(
    arguments: [
      (.absolute, -2, 2), (.negated, 2, -2), (.reciprocal, 4, 0.25), (.reciprocal, 0, .infinity), (.squareRoot, 9, 3),
      (.sign, -3, -1), (.sign, 0, 0), (.sign, 0.5, 1), (.ceiling, -1.5, -1), (.floor, -1.5, -2),
      (.roundedToEven, 2.5, 2), (.roundedToEven, 3.5, 4), (.roundedToEven, -0.5, 0), (.exponential, 0, 1),
      (.logarithm, 1, 0), (.logarithm, 0, -.infinity), (.errorFunction, 0, 0), (.sine, 0, 0), (.cosine, 0, 1),
      (.tangent, 0, 0), (.arcCosine, 1, 0), (.hyperbolicCosine, 0, 1), (.areaCosine, 1, 0), (.relu, -1, 0),
      (.relu, 2, 2), (.softsign, 3, 0.75), (.softsign, -1, -0.5), (.hardSwish, -3, 0), (.hardSwish, 3, 3),
      (.hardSwish, 4, 4), (.gelu, 0, 0), (.tanhGelu, 0, 0), (.leakyRelu(alpha: 0.25), -4, -1),
      (.thresholdedRelu(alpha: 1), 1, 0), (.thresholdedRelu(alpha: 1), 1.5, 1.5), (.elu(alpha: 2), 3, 3),
      (.elu(alpha: 2), -.infinity, -2), (.celu(alpha: 2), -.infinity, -2), (.selu(alpha: 1.5, gamma: 2), 2, 4),
      (.selu(alpha: 1.5, gamma: 2), -.infinity, -3), (.hardSigmoid(alpha: 0.25, beta: 0.5), 1, 0.75),
      (.hardSigmoid(alpha: 0.25, beta: 0.5), 9, 1), (.hardSigmoid(alpha: 0.25, beta: 0.5), -9, 0),
      (.swish(alpha: 1), 0, 0), (.shrink(lambda: 1, bias: 0.5), 2, 1.5), (.shrink(lambda: 1, bias: 0.5), -2, -1.5),
      (.shrink(lambda: 1, bias: 0.5), 1, 0), (.clipped(least: -1, greatest: 1), 5, 1),
      (.clipped(least: -1, greatest: 1), -5, -1), (.clipped(least: 2, greatest: 1), 0, 1),
      (.affine(alpha: 2, beta: 1), 3, 7), (.scaledTanh(alpha: 2, beta: 3), .infinity, 2),
    ] as [(UnaryFunction, Double, Double)])
  func `maps numbers as ONNX says`(function: UnaryFunction, x: Double, expected: Double) {
    #expect(image(function, x) == expected)
  }

  @Test(
    arguments: [
      (.sigmoid, 1000, 1), (.sigmoid, -1000, 0), (.sigmoid, .infinity, 1), (.sigmoid, -.infinity, 0),
      (.softplus, 1000, 1000), (.softplus, -1000, 0), (.softplus, .infinity, .infinity), (.softplus, -.infinity, 0),
      (.hyperbolicTangent, 1000, 1), (.hyperbolicTangent, -.infinity, -1), (.mish, 1000, 1000),
      (.errorFunction, 100, 1), (.exponential, -.infinity, 0), (.swish(alpha: 1), 1000, 1000), (.gelu, 1000, 1000),
      (.relu, -.infinity, 0), (.clipped(least: -2, greatest: 3), .infinity, 3), (.sign, -.infinity, -1),
    ] as [(UnaryFunction, Double, Double)])
  func `large arguments and infinities go to the limit`(function: UnaryFunction, x: Double, expected: Double) {
    #expect(image(function, x) == expected)
    var single = [Float(x)]
    function.apply(to: &single)
    #expect(single == [Float(expected)])
  }

  @Test(
    arguments: [
      (.sigmoid, 1, 0.731_058_578_630_004_9), (.sigmoid, -1, 0.268_941_421_369_995_1),
      (.softplus, 0, 0.693_147_180_559_945_3), (.mish, 1, 0.865_098_388_267_310_3),
      (.gelu, 1, 0.841_344_746_068_542_9), (.tanhGelu, 1, 0.841_191_990_608_276_6),
      (.hardSwish, 1, 0.666_666_666_666_666_7), (.errorFunction, 0.5, 0.520_499_877_813_046_5),
      (.elu(alpha: 2), -1, -1.264_241_117_657_115_4), (.celu(alpha: 2), -1, -0.786_938_680_574_733_2),
    ] as [(UnaryFunction, Double, Double)])
  func `has the known value`(function: UnaryFunction, x: Double, expected: Double) {
    #expect(abs(image(function, x) - expected) <= 4 * expected.ulp.magnitude)
  }

  @Test func `small arguments keep their digits`() {
    #expect(image(.elu(alpha: 1), -0x1p-60) == -0x1p-60)
    #expect(image(.softplus, -50) > 0)
  }

  @Test func `integers beyond its range are the nearest, and NaN is 0`() {
    #expect(Int(clamped: 1e30) == .max && Int(clamped: -1e30) == .min && Int(clamped: .nan) == 0)
    #expect(Int(clamped: -2.9) == -2 && Int64(clamped: .infinity) == .max)
  }
}
