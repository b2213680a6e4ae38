/// The shift of one channel, the image of 0, and how well it is known.
struct ChannelShift: Sendable {
  /// NaN where the map is not defined.
  let value: DoubleDouble

  /// The value's relative error is below this; 0 where the shift is a double.
  let error: Double

  /// Whether the exact shift is 0, as a bias's rounding decides it.
  var isZero: Bool { value.hi == 0 && error == 0 }

  private init(_ value: DoubleDouble, error: Double) {
    self.value = value
    self.error = error
  }

  /// - Complexity: O(steps).
  init(_ affine: ChannelAffine, channel: Int) {
    let (image, error) = affine.bounded(DoubleDouble(0), channel: channel)
    if error == 0 {
      self.init(image, error: image.lo == 0 ? 0 : 0x1p-106)
    } else if error < image.hi.magnitude * 0x1p-96 {
      self.init(image, error: error / image.hi.magnitude * (1 + 0x1p-40))
    } else if affine.isDefined(channel) {
      let (exact, largest) = affine.wideImage(WideFloat(0), channel: channel)
      self.init(exact, tolerance: largest - 400)
    } else {
      self.init(DoubleDouble(.nan), error: 0)
    }
  }

  private init(_ wide: WideFloat, tolerance: Int) {
    guard let exponent = wide.leadingExponent, exponent > tolerance else {
      self.init(DoubleDouble(0), error: 0)
      return
    }
    let nearest = wide.doubleDouble
    guard nearest.hi.isFinite else {
      self.init(nearest, error: .infinity)
      return
    }
    let rest = (wide - WideFloat(nearest.hi)).leadingExponent
    let isDouble = rest.map { $0 < exponent - 400 } ?? true
    // The second double of one so small is lost.
    self.init(
      isDouble ? DoubleDouble(nearest.hi) : nearest, error: isDouble ? 0 : exponent < -900 ? 0x1p-50 : 0x1p-105)
  }
}
