import NumericKernels
import Testing

@Suite struct HalfRoundingTests {
  @Test(
    arguments: [
      (1 + 0x1p-11, 1), (1 + 0x3p-11, 1 + 0x1p-9), (1 + 0x1.8p-11, 1 + 0x1p-10), (65519, 65504),
      (65520, .infinity), (-65520, -.infinity), (0x1p-25, 0), (0x1.8p-25, 0x1p-24), (.infinity, .infinity),
    ] as [(Double, Double)])
  func `float16 rounds to even, also among subnormals`(x: Double, expected: Double) {
    var (wide, single) = ([x], [Float(x)])
    HalfRounding.toFloat16(&wide)
    HalfRounding.toFloat16(&single)
    #expect(wide == [expected] && single == [Float(expected)])
  }

  @Test(
    arguments: [
      (1 + 0x1p-8, 1), (1 + 0x3p-8, 1 + 0x1p-6), (1 + 0x1.8p-8, 1 + 0x1p-7), (0x1.FEp127, 0x1.FEp127),
      (0x1.FFp127, .infinity), (0x1p-134, 0), (0x1p-133, 0x1p-133), (-.infinity, -.infinity),
    ] as [(Double, Double)])
  func `bfloat16 rounds to even, also among subnormals`(x: Double, expected: Double) {
    var (wide, single) = ([x], [Float(x)])
    HalfRounding.toBFloat16(&wide)
    HalfRounding.toBFloat16(&single)
    #expect(wide == [expected] && single == [Float(expected)])
  }

  @Test func `a double is rounded once and not by way of a single`() {
    // Rounded to single precision first this would be a tie, which goes to even.
    var x = [1 + 0x1p-11 + 0x1p-40]
    HalfRounding.toFloat16(&x)
    #expect(x == [1 + 0x1p-10])
    x = [1 + 0x1p-8 + 0x1p-40]
    HalfRounding.toBFloat16(&x)
    #expect(x == [1 + 0x1p-7])
  }

  @Test func `single precision is rounded to from double`() {
    var x = [0.1, 1e300, .nan]
    HalfRounding.toFloat32(&x)
    #expect(x[0] == Double(Float(0.1)) && x[1] == .infinity && x[2].isNaN)
  }
}
