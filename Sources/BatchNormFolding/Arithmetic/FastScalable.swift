/// A storage type with an arithmetic that is fast and says which of its results it cannot vouch for.
///
/// Each function handles one element, without branches or calls, so that loops over spans become vector code.
protocol FastScalable: StoredElement {
  /// What an element is multiplied by.
  associatedtype Factor: BitwiseCopyable, Sendable

  /// Notes of doubt, as wide as vector code has them.
  associatedtype Doubts: FixedWidthInteger & UnsignedInteger

  /// What elements of each channel are multiplied by.
  static func factors(of table: ScaleTable) -> [Factor]

  /// What elements of a pair of an output and an input channel are multiplied by.
  static func factor(_ scale: ChannelScale, _ inputScale: ChannelScale) -> Factor

  /// Elements that are scaled before it is looked whether one is in doubt.
  static var blockLength: Int { get }

  /// The bits of `Doubts` that say something.
  static var doubtMask: Doubts { get }

  /// The correctly rounded product of an element with a channel's exact scale, unless that is in doubt.
  ///
  /// In doubt are results that may round either way, results and elements that are not finite, and all products with
  /// a factor that is NaN.
  ///
  /// - Parameter doubts: Gets a bit of ``doubtMask`` if the result is in doubt.
  static func product(_ stored: Self, _ factor: Factor, doubts: inout Doubts) -> Self

  /// A number that grows with the element's magnitude: its bits without the sign.
  associatedtype MagnitudeBits: FixedWidthInteger & UnsignedInteger
  var magnitudeBits: MagnitudeBits { get }
  init(magnitudeBits: MagnitudeBits)
  static var infinityBits: MagnitudeBits { get }
}
