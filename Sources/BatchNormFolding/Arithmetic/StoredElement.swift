/// An element of a stored tensor.
package protocol StoredElement: BitwiseCopyable, Sendable {
  static var storage: StorageType { get }

  /// The element's value, exactly.
  var widened: Double { get }

  /// An element of a value that this type holds exactly.
  init(representing value: Double)
}

extension Float16: StoredElement {
  package static var storage: StorageType { .float16 }
  package var widened: Double { Double(self) }
  package init(representing value: Double) { self.init(value) }
}

extension BFloat16: StoredElement {
  package static var storage: StorageType { .bfloat16 }
  package var widened: Double { Double(Float(bitPattern: UInt32(bits) << 16)) }
  package init(representing value: Double) {
    self.init(bits: UInt16(truncatingIfNeeded: Float(value).bitPattern >> 16))
  }
}

extension Float: StoredElement {
  package static var storage: StorageType { .float32 }
  package var widened: Double { Double(self) }
  package init(representing value: Double) { self.init(value) }
}

extension Double: StoredElement {
  package static var storage: StorageType { .float64 }
  package var widened: Double { self }
  package init(representing value: Double) { self = value }
}
