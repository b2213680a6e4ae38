import Tensors

/// Rounds elements in place to what a narrower type can hold, ties to even.
package enum HalfRounding {
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func toFloat16<S: Scalar>(_ x: inout [S]) {
    for index in x.indices { x[index] = S(Float16(x[index])) }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func toBFloat16<S: Scalar>(_ x: inout [S]) {
    for index in x.indices { x[index] = S(SmallFloat.bfloat16.rounded(Double(x[index]), saturates: false)) }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func toFloat32<S: Scalar>(_ x: inout [S]) {
    for index in x.indices { x[index] = S(Float(x[index])) }
  }
}

extension SmallFloat {
  /// Rounds all elements in place.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func round<S: Scalar>(_ x: inout [S], saturates: Bool) {
    for index in x.indices { x[index] = S(rounded(Double(x[index]), saturates: saturates)) }
  }
}
