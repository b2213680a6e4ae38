#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a run computes in: `Float` or `Double`.
///
/// The functions are those of the C library in that precision.
package protocol Scalar: BinaryFloatingPoint, Sendable {
  static func exponential(_ x: Self) -> Self
  static func logarithm(_ x: Self) -> Self
  static func logarithmOfOnePlus(_ x: Self) -> Self
  static func exponentialLessOne(_ x: Self) -> Self
  static func power(_ x: Self, _ y: Self) -> Self
  static func sine(_ x: Self) -> Self
  static func cosine(_ x: Self) -> Self
  static func tangent(_ x: Self) -> Self
  static func arcSine(_ x: Self) -> Self
  static func arcCosine(_ x: Self) -> Self
  static func arcTangent(_ x: Self) -> Self
  static func hyperbolicSine(_ x: Self) -> Self
  static func hyperbolicCosine(_ x: Self) -> Self
  static func hyperbolicTangent(_ x: Self) -> Self
  static func areaSine(_ x: Self) -> Self
  static func areaCosine(_ x: Self) -> Self
  static func areaTangent(_ x: Self) -> Self
  static func errorFunction(_ x: Self) -> Self
  static func remainder(_ x: Self, _ y: Self) -> Self

  /// One matrix product by a library.
  static func multiply(
    with library: OpenBLAS, _ size: ProductSize, _ a: Span<Self>, _ aLayout: MatrixLayout, _ b: Span<Self>,
    _ bLayout: MatrixLayout, into c: inout MutableSpan<Self>, _ cLayout: MatrixLayout, accumulating: Bool)
}

extension Float: Scalar {
  package static func exponential(_ x: Float) -> Float { expf(x) }
  package static func logarithm(_ x: Float) -> Float { logf(x) }
  package static func logarithmOfOnePlus(_ x: Float) -> Float { log1pf(x) }
  package static func exponentialLessOne(_ x: Float) -> Float { expm1f(x) }
  package static func power(_ x: Float, _ y: Float) -> Float { powf(x, y) }
  package static func sine(_ x: Float) -> Float { sinf(x) }
  package static func cosine(_ x: Float) -> Float { cosf(x) }
  package static func tangent(_ x: Float) -> Float { tanf(x) }
  package static func arcSine(_ x: Float) -> Float { asinf(x) }
  package static func arcCosine(_ x: Float) -> Float { acosf(x) }
  package static func arcTangent(_ x: Float) -> Float { atanf(x) }
  package static func hyperbolicSine(_ x: Float) -> Float { sinhf(x) }
  package static func hyperbolicCosine(_ x: Float) -> Float { coshf(x) }
  package static func hyperbolicTangent(_ x: Float) -> Float { tanhf(x) }
  package static func areaSine(_ x: Float) -> Float { asinhf(x) }
  package static func areaCosine(_ x: Float) -> Float { acoshf(x) }
  package static func areaTangent(_ x: Float) -> Float { atanhf(x) }
  package static func errorFunction(_ x: Float) -> Float { erff(x) }
  package static func remainder(_ x: Float, _ y: Float) -> Float { fmodf(x, y) }

  package static func multiply(
    with library: OpenBLAS, _ size: ProductSize, _ a: Span<Float>, _ aLayout: MatrixLayout, _ b: Span<Float>,
    _ bLayout: MatrixLayout, into c: inout MutableSpan<Float>, _ cLayout: MatrixLayout, accumulating: Bool
  ) {
    library.multiplySingle(size, a, aLayout, b, bLayout, into: &c, cLayout, accumulating: accumulating)
  }
}

extension Double: Scalar {
  package static func exponential(_ x: Double) -> Double { exp(x) }
  package static func logarithm(_ x: Double) -> Double { log(x) }
  package static func logarithmOfOnePlus(_ x: Double) -> Double { log1p(x) }
  package static func exponentialLessOne(_ x: Double) -> Double { expm1(x) }
  package static func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }
  package static func sine(_ x: Double) -> Double { sin(x) }
  package static func cosine(_ x: Double) -> Double { cos(x) }
  package static func tangent(_ x: Double) -> Double { tan(x) }
  package static func arcSine(_ x: Double) -> Double { asin(x) }
  package static func arcCosine(_ x: Double) -> Double { acos(x) }
  package static func arcTangent(_ x: Double) -> Double { atan(x) }
  package static func hyperbolicSine(_ x: Double) -> Double { sinh(x) }
  package static func hyperbolicCosine(_ x: Double) -> Double { cosh(x) }
  package static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
  package static func areaSine(_ x: Double) -> Double { asinh(x) }
  package static func areaCosine(_ x: Double) -> Double { acosh(x) }
  package static func areaTangent(_ x: Double) -> Double { atanh(x) }
  package static func errorFunction(_ x: Double) -> Double { erf(x) }
  package static func remainder(_ x: Double, _ y: Double) -> Double { fmod(x, y) }

  package static func multiply(
    with library: OpenBLAS, _ size: ProductSize, _ a: Span<Double>, _ aLayout: MatrixLayout, _ b: Span<Double>,
    _ bLayout: MatrixLayout, into c: inout MutableSpan<Double>, _ cLayout: MatrixLayout, accumulating: Bool
  ) {
    library.multiplyDouble(size, a, aLayout, b, bLayout, into: &c, cLayout, accumulating: accumulating)
  }
}
