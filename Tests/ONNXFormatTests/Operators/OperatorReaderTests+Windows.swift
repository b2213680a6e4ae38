import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import RecordedData
import Testing

@testable import ONNXFormat

/// Where a window begins, and what that means to maps beside a convolution.
extension OperatorReaderTests {
  /// A convolution of one channel by its attributes, and which of its taps an output has of the input in its own place.
  struct Window: Sendable, CustomTestStringConvertible {
    let kernel: [Int]
    let attributes: [AttributeBytes]
    let tap: Int?
    let testDescription: String

    init(_ text: String, _ kernel: [Int], _ attributes: AttributeBytes..., tap: Int?) {
      (testDescription, self.kernel, self.attributes, self.tap) = (text, kernel, attributes, tap)
    }
  }

  @Test(arguments: [
    Window("one tap", [1], tap: 0), Window("one tap of two axes", [1, 1], tap: 0),
    Window("one tap with a border", [1], .ints("pads", [1, 1]), tap: nil),
    Window("three taps with a border", [3], .ints("pads", [1, 1]), tap: 1),
    Window("three taps without one", [3], tap: nil), Window("five taps", [5], .ints("pads", [2, 2]), tap: 2),
    Window("a border before alone", [3], .ints("pads", [2, 0]), tap: 2),
    Window("a border behind alone", [3], .ints("pads", [0, 2]), tap: 0),
    Window("a border that is too small", [5], .ints("pads", [1, 1]), tap: nil),
    Window("a border that is too large", [3], .ints("pads", [2, 2]), tap: nil),
    Window("two taps with a border on both sides", [2], .ints("pads", [1, 1]), tap: nil),
    Window("two taps with a border before", [2], .ints("pads", [1, 0]), tap: 1),
    Window("two axes", [3, 5], .ints("pads", [1, 2, 1, 2]), tap: 7),
    Window("two axes, of which one becomes shorter", [3, 3], .ints("pads", [1, 0, 1, 0]), tap: nil),
    Window("three axes", [3, 3, 3], .ints("pads", [1, 1, 1, 1, 1, 1]), tap: 13),
    Window("taps apart", [3], .ints("pads", [2, 2]), .ints("dilations", [2]), tap: 1),
    Window("two taps around the place", [2], .ints("pads", [1, 1]), .ints("dilations", [2]), tap: nil),
    Window("strides of one", [3], .ints("pads", [1, 1]), .ints("strides", [1]), tap: 1),
    Window("a stride", [3], .ints("pads", [1, 1]), .ints("strides", [2]), tap: nil),
    Window("a border as needed, stated", [3], .string("auto_pad", "NOTSET"), .ints("pads", [1, 1]), tap: 1),
    Window("a border as needed, above", [3], .string("auto_pad", "SAME_UPPER"), tap: 1),
    Window("a border as needed, below", [3], .string("auto_pad", "SAME_LOWER"), tap: 1),
    Window("two taps as needed, above", [2], .string("auto_pad", "SAME_UPPER"), tap: 0),
    Window("two taps as needed, below", [2], .string("auto_pad", "SAME_LOWER"), tap: 1),
    Window("four taps as needed, above", [4], .string("auto_pad", "SAME_UPPER"), tap: 1),
    Window("four taps as needed, below", [4], .string("auto_pad", "SAME_LOWER"), tap: 2),
    Window("as needed, apart", [2], .string("auto_pad", "SAME_UPPER"), .ints("dilations", [2]), tap: nil),
    Window("as needed, two axes", [2, 3], .string("auto_pad", "SAME_LOWER"), tap: 4),
    Window("none needed", [1, 1], .string("auto_pad", "VALID"), tap: 0),
    Window("none given", [3], .string("auto_pad", "VALID"), tap: nil),
    Window("a border cut off", [3], .ints("pads", [-1, 3]), tap: nil),
    Window("half of the numbers", [3, 3], .ints("pads", [1, 1]), tap: nil),
  ])
  func `a convolution that keeps lengths says which tap is in place`(window: Window) throws {
    #expect(
      try windowed("Conv", [1, 1] + window.kernel, window.attributes).identityElements == window.tap.map { [$0] })
  }

  /// Told by running a mark through the window, by the definition of a convolution.
  @Test(arguments: [1, 2, 3, 4, 5], [1, 2, 3]) func `any border that keeps the length is found by its mark`(
    kernel: Int, dilation: Int
  ) throws {
    let reach = (kernel - 1) * dilation
    for before in 0...reach {
      let attributes: [AttributeBytes] = [.ints("pads", [before, reach - before]), .ints("dilations", [dilation])]
      // The output in place 0 has tap t of what is t · dilation − before further on.
      let tap = (0..<kernel).first { $0 * dilation - before == 0 }
      #expect(try windowed("Conv", [1, 1, kernel], attributes).identityElements == tap.map { [$0] })
    }
  }

  @Test(
    arguments: [
      ([3, 3, 3], 1, [1, 13, 25]), ([4, 2, 3], 2, [1, 10, 13, 22]), ([4, 1, 3], 4, [1, 4, 7, 10]), ([4, 2, 3], 1, nil),
      ([2, 4, 3], 1, nil), ([0, 0, 3], 1, nil),
    ] as [([Int], Int, [Int]?)])
  func `each channel is in place where its own group keeps it`(shape: [Int], group: Int, elements: [Int]?) throws {
    let found = try windowed("Conv", shape, [.int("group", group), .ints("pads", [1, 1])]).identityElements
    #expect(found == elements)
    guard let elements else { return }
    // The element leads from input channel to output channel of the same number, at the middle tap.
    for (channel, element) in elements.enumerated() {
      let (output, input, tap) = (element / (shape[1] * 3), element / 3 % shape[1], element % 3)
      #expect(output == channel && input + channel / shape[1] * shape[1] == channel && tap == 1)
    }
  }

  @Test func `no other operator keeps its channels in place`() throws {
    #expect(try windowed("ConvTranspose", [1, 1, 1], []).identityElements == nil)
    #expect(try windowed("Gemm", [2, 2], []).identityElements == nil)
  }

  /// A convolution of a weight that counts from 1.
  func windowed(_ type: String, _ shape: [Int], _ attributes: [AttributeBytes]) throws -> LinearOperator {
    let reading = try ModelBytes {
      $0.input("x", nil)
      $0.initializer("w", shape)
      $0.node(type, ["x", "w"], ["c"], attributes: attributes)
    }.reading(in: folder)
    return try #require(reading.operation(writing: "c")?.linear)
  }
}
