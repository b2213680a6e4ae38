/// The upper half of a float32.
package struct BFloat16: BitwiseCopyable, Hashable, Sendable {
  package let bits: UInt16

  package init(bits: UInt16) { self.bits = bits }
}
