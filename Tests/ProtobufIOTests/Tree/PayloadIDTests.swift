import Testing

@testable import ProtobufIO

@Suite struct PayloadIDTests {
  @Test(arguments: [0, 1, 1000, 1 << 40])
  func `comes back from the address that stands for it`(index: Int) {
    let payload = PayloadID(index: index)
    let address = unsafe payload.address
    #expect(unsafe PayloadID(address: address) == payload)
    #expect(UInt(bitPattern: address) % 16 == 0)
  }

  @Test func `no real address stands for a payload`() {
    let bytes: [UInt8] = [1]
    unsafe bytes.withUnsafeBytes { #expect(unsafe PayloadID(address: $0.baseAddress) == nil) }
    #expect(unsafe PayloadID(address: nil) == nil)
  }
}
