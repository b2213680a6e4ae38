import BatchNormFolding
import ONNXModel
import ONNXModelTests
import Testing

@testable import ONNXFormat

/// Which outputs of a convolution see how much of a shift before it.
extension OperatorReaderTests {
  @Test(
    arguments: [
      ([3], [], true), ([3], [.ints("pads", [0, 0])], true), ([3], [.ints("pads", [0, 1])], false),
      ([3], [.string("auto_pad", "VALID")], true), ([3], [.string("auto_pad", "SAME_UPPER")], false),
      ([1], [.string("auto_pad", "SAME_UPPER")], true), ([1], [.ints("pads", [1, 0])], false),
    ] as [([Int], [AttributeBytes], Bool)])
  func `a convolution takes a shift before it where it has no border`(
    kernel: [Int], attributes: [AttributeBytes], passes: Bool
  ) throws {
    switch try #require(try windowed("Conv", [1, 1] + kernel, attributes).input).shiftRule {
    case .passes: #expect(passes)
    case .declines(let reason):
      #expect(!passes)
      #expect(
        reason == DeclineReason(.paddingWithShift, "the Conv behind it adds a border of 0, which a shift moves"))
    case .needsEqualPhases: Issue.record("a convolution has no phases")
    }
  }

  /// A transposed convolution: the phase of each tap, and how many there are.
  struct Phases: Sendable, CustomTestStringConvertible {
    let kernel: [Int]
    let attributes: [AttributeBytes]
    let phases: [Int]
    let count: Int
    let testDescription: String

    init(
      _ text: String, _ kernel: [Int], strides: [Int], _ attributes: AttributeBytes..., phases: [Int], count: Int = 0
    ) {
      (testDescription, self.kernel, self.phases, self.count) = (text, kernel, phases, count)
      self.attributes = attributes + [.ints("strides", strides)]
    }
  }

  @Test(arguments: [
    Phases("as many taps as steps", [2], strides: [2], phases: [0, 1], count: 2),
    Phases("fewer taps than steps", [2], strides: [3], phases: [0, 1], count: 3),
    Phases("two axes", [2, 2], strides: [2, 2], phases: [0, 1, 2, 3], count: 4),
    Phases("two axes of one length", [1, 3], strides: [2, 3], phases: [0, 1, 2], count: 6),
    Phases(
      "windows that share what is cut off", [3], strides: [2], .ints("pads", [2, 2]), phases: [0, 1, 0], count: 2),
    Phases("taps apart", [2], strides: [3], .ints("dilations", [2]), phases: [0, 2], count: 3),
    Phases("more cut off than is shared", [2], strides: [2], .ints("pads", [1, 1]), phases: [0, 1], count: 2),
    Phases("as much as is valid", [2], strides: [2], .string("auto_pad", "VALID"), phases: [0, 1], count: 2),
  ])
  func `a transposed convolution says which taps an output sees`(window: Phases) throws {
    let linear = try windowed("ConvTranspose", [1, 1] + window.kernel, window.attributes)
    guard case .needsEqualPhases(let taps, let count, let reason)? = linear.input?.shiftRule else {
      return #expect(Bool(false), "it has phases")
    }
    #expect(taps == window.phases && count == window.count && reason.code == .shiftNotUniform)
  }

  @Test(arguments: [
    Phases("windows that overlap", [3], strides: [2], phases: []),
    Phases("windows that overlap, cut off on one side", [3], strides: [2], .ints("pads", [2, 0]), phases: []),
    Phases("windows that share more than is cut off", [5], strides: [2], .ints("pads", [3, 3]), phases: []),
    Phases("places that no window reaches", [2], strides: [2], .ints("output_padding", [1]), phases: []),
    Phases("a length that is stated", [2], strides: [2], .ints("output_shape", [9]), phases: []),
    Phases("what is cut off as needed", [2], strides: [2], .string("auto_pad", "SAME_UPPER"), phases: []),
    Phases("strides of another number", [2], strides: [2, 2], phases: []),
    Phases("a stride of 0", [2], strides: [0], phases: []),
    Phases("strides beyond measure", [1, 1], strides: [1 << 20, 1 << 20], phases: []),
  ])
  func `a transposed convolution takes no shift where some places have more of it`(window: Phases) throws {
    let linear = try windowed("ConvTranspose", [1, 1] + window.kernel, window.attributes)
    guard case .declines(let reason)? = linear.input?.shiftRule else { return #expect(Bool(false), "it takes none") }
    #expect(
      reason
        == DeclineReason(
          .shiftNotUniform,
          "the ConvTranspose behind it would give a shift at some places more than at others"))
  }

  @Test func `a transposed convolution of one tap takes every shift`() throws {
    guard case .passes? = try windowed("ConvTranspose", [1, 1, 1], []).input?.shiftRule else {
      return #expect(Bool(false), "it takes every shift")
    }
  }
}
