#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a run computes in: `Float` or `Double`.
///
/// The functions are those of the C library in that precision.
package protocol Scalar: BinaryFloatingPoint, Sendable {
  static func exp(_ x: Self) -> Self
  static func log(_ x: Self) -> Self
  static func log1p(_ x: Self) -> Self
  static func expm1(_ x: Self) -> Self
  static func pow(_ x: Self, _ y: Self) -> Self
  static func sin(_ x: Self) -> Self
  static func cos(_ x: Self) -> Self
  static func tan(_ x: Self) -> Self
  static func asin(_ x: Self) -> Self
  static func acos(_ x: Self) -> Self
  static func atan(_ x: Self) -> Self
  static func sinh(_ x: Self) -> Self
  static func cosh(_ x: Self) -> Self
  static func tanh(_ x: Self) -> Self
  static func asinh(_ x: Self) -> Self
  static func acosh(_ x: Self) -> Self
  static func atanh(_ x: Self) -> Self
  static func erf(_ x: Self) -> Self
  static func fmod(_ x: Self, _ y: Self) -> Self

  /// One matrix product by a library.
  static func multiply(
    with library: OpenBLAS, _ size: ProductSize, _ a: Span<Self>, _ aLayout: MatrixLayout, _ b: Span<Self>,
    _ bLayout: MatrixLayout, into c: inout MutableSpan<Self>, _ cLayout: MatrixLayout, accumulating: Bool)
}

extension Float: Scalar {
  package static func exp(_ x: Float) -> Float { expf(x) }
  package static func log(_ x: Float) -> Float { logf(x) }
  package static func log1p(_ x: Float) -> Float { log1pf(x) }
  package static func expm1(_ x: Float) -> Float { expm1f(x) }
  package static func pow(_ x: Float, _ y: Float) -> Float { powf(x, y) }
  package static func sin(_ x: Float) -> Float { sinf(x) }
  package static func cos(_ x: Float) -> Float { cosf(x) }
  package static func tan(_ x: Float) -> Float { tanf(x) }
  package static func asin(_ x: Float) -> Float { asinf(x) }
  package static func acos(_ x: Float) -> Float { acosf(x) }
  package static func atan(_ x: Float) -> Float { atanf(x) }
  package static func sinh(_ x: Float) -> Float { sinhf(x) }
  package static func cosh(_ x: Float) -> Float { coshf(x) }
  package static func tanh(_ x: Float) -> Float { tanhf(x) }
  package static func asinh(_ x: Float) -> Float { asinhf(x) }
  package static func acosh(_ x: Float) -> Float { acoshf(x) }
  package static func atanh(_ x: Float) -> Float { atanhf(x) }
  package static func erf(_ x: Float) -> Float { erff(x) }
  package static func fmod(_ x: Float, _ y: Float) -> Float { fmodf(x, y) }

  package static func multiply(
    with library: OpenBLAS, _ size: ProductSize, _ a: Span<Float>, _ aLayout: MatrixLayout, _ b: Span<Float>,
    _ bLayout: MatrixLayout, into c: inout MutableSpan<Float>, _ cLayout: MatrixLayout, accumulating: Bool
  ) {
    library.multiplySingle(size, a, aLayout, b, bLayout, into: &c, cLayout, accumulating: accumulating)
  }
}

extension Double: Scalar {
  #if canImport(Glibc)
    package static func exp(_ x: Double) -> Double { Glibc.exp(x) }
    package static func log(_ x: Double) -> Double { Glibc.log(x) }
    package static func log1p(_ x: Double) -> Double { Glibc.log1p(x) }
    package static func expm1(_ x: Double) -> Double { Glibc.expm1(x) }
    package static func pow(_ x: Double, _ y: Double) -> Double { Glibc.pow(x, y) }
    package static func sin(_ x: Double) -> Double { Glibc.sin(x) }
    package static func cos(_ x: Double) -> Double { Glibc.cos(x) }
    package static func tan(_ x: Double) -> Double { Glibc.tan(x) }
    package static func asin(_ x: Double) -> Double { Glibc.asin(x) }
    package static func acos(_ x: Double) -> Double { Glibc.acos(x) }
    package static func atan(_ x: Double) -> Double { Glibc.atan(x) }
    package static func sinh(_ x: Double) -> Double { Glibc.sinh(x) }
    package static func cosh(_ x: Double) -> Double { Glibc.cosh(x) }
    package static func tanh(_ x: Double) -> Double { Glibc.tanh(x) }
    package static func asinh(_ x: Double) -> Double { Glibc.asinh(x) }
    package static func acosh(_ x: Double) -> Double { Glibc.acosh(x) }
    package static func atanh(_ x: Double) -> Double { Glibc.atanh(x) }
    package static func erf(_ x: Double) -> Double { Glibc.erf(x) }
    package static func fmod(_ x: Double, _ y: Double) -> Double { Glibc.fmod(x, y) }
  #else
    package static func exp(_ x: Double) -> Double { Darwin.exp(x) }
    package static func log(_ x: Double) -> Double { Darwin.log(x) }
    package static func log1p(_ x: Double) -> Double { Darwin.log1p(x) }
    package static func expm1(_ x: Double) -> Double { Darwin.expm1(x) }
    package static func pow(_ x: Double, _ y: Double) -> Double { Darwin.pow(x, y) }
    package static func sin(_ x: Double) -> Double { Darwin.sin(x) }
    package static func cos(_ x: Double) -> Double { Darwin.cos(x) }
    package static func tan(_ x: Double) -> Double { Darwin.tan(x) }
    package static func asin(_ x: Double) -> Double { Darwin.asin(x) }
    package static func acos(_ x: Double) -> Double { Darwin.acos(x) }
    package static func atan(_ x: Double) -> Double { Darwin.atan(x) }
    package static func sinh(_ x: Double) -> Double { Darwin.sinh(x) }
    package static func cosh(_ x: Double) -> Double { Darwin.cosh(x) }
    package static func tanh(_ x: Double) -> Double { Darwin.tanh(x) }
    package static func asinh(_ x: Double) -> Double { Darwin.asinh(x) }
    package static func acosh(_ x: Double) -> Double { Darwin.acosh(x) }
    package static func atanh(_ x: Double) -> Double { Darwin.atanh(x) }
    package static func erf(_ x: Double) -> Double { Darwin.erf(x) }
    package static func fmod(_ x: Double, _ y: Double) -> Double { Darwin.fmod(x, y) }
  #endif

  package static func multiply(
    with library: OpenBLAS, _ size: ProductSize, _ a: Span<Double>, _ aLayout: MatrixLayout, _ b: Span<Double>,
    _ bLayout: MatrixLayout, into c: inout MutableSpan<Double>, _ cLayout: MatrixLayout, accumulating: Bool
  ) {
    library.multiplyDouble(size, a, aLayout, b, bLayout, into: &c, cLayout, accumulating: accumulating)
  }
}
