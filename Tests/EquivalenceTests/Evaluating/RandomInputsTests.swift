import Tensors
import Testing

@testable import Equivalence

@Suite struct RandomInputsTests {
  private func input(
    _ shape: [Int?]?, _ kind: ElementType? = .float32, name: String = "x", hasDefault: Bool = false
  ) -> InputDescription {
    InputDescription(name: name, kind: kind, shape: shape, hasDefault: hasDefault)
  }

  private func tensor(
    _ input: InputDescription, seed: UInt64 = 0, shapes: [String: [Int]] = [:]
  ) throws -> Tensor {
    try #require(try RandomInputs(seed: seed, shapes: shapes).values(for: [input])[input.name]?.tensor)
  }

  @Test func `the same seed gives the same values and another one others`() throws {
    let first = try tensor(input([100]), seed: 3).doubles
    #expect(try tensor(input([100]), seed: 3).doubles == first)
    #expect(try tensor(input([100]), seed: 4).doubles != first)
  }

  @Test func `two inputs of one model are not the same`() throws {
    let values = try RandomInputs(seed: 0).values(for: [input([50], name: "a"), input([50], name: "b")])
    #expect(values["a"]?.tensor?.doubles != values["b"]?.tensor?.doubles)
  }

  @Test func `real numbers lie about 0 with a variance near 1`() throws {
    let numbers = try #require(try tensor(input([20_000])).doubles)
    let mean = numbers.reduce(0, +) / 20_000
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean) < 0.03 && abs(variance - 1) < 0.05)
  }

  @Test(
    arguments: [
      ([nil, nil, nil, nil], [1, 3, 64, 64]), ([nil, 7, nil], [1, 7, 16]), ([2, nil], [2, 16]), ([], []),
      ([nil], [1]), ([nil, nil, 4, 4, nil], [1, 3, 4, 4, 64]), ([0, 5], [0, 5]),
    ] as [([Int?], [Int])])
  func `symbolic sizes are likely ones`(shape: [Int?], expected: [Int]) throws {
    #expect(try tensor(input(shape)).shape == expected)
  }

  @Test func `shapes are given by name`() throws {
    #expect(try tensor(input([nil, 3]), shapes: ["x": [5, 3]]).shape == [5, 3])
    #expect(try tensor(input(nil), shapes: ["x": [2]]).shape == [2])
  }

  @Test func `an input with a default is left out unless its shape is given`() throws {
    let inputs = [input([2], name: "a"), input([2], name: "b", hasDefault: true)]
    #expect(try RandomInputs(seed: 0).values(for: inputs).keys.sorted() == ["a"])
    #expect(try RandomInputs(seed: 0, shapes: ["b": [2]]).values(for: inputs).keys.sorted() == ["a", "b"])
  }

  @Test(
    arguments: [
      (nil, .float32, [:], "input 'x' has no shape: give --input-shape x=…"),
      ([1], nil, [:], "input 'x' has no type that can be made up: give --data"),
      ([1], .float32, ["q": [1], "r": [1]], "the model has no input 'q'"),
      ([1 << 40, 1 << 40], .float32, [:], "input 'x' of shape [1099511627776, 1099511627776] is too large to make up"),
      ([1], .float32, ["x": [1 << 31]], "input 'x' of shape [2147483648] is too large to make up"),
      ([1], .float32, ["x": [0, .max, 2]], "input 'x' of shape [0, 9223372036854775807, 2] is too large to make up"),
      ([-2], .float32, [:], "input 'x' of shape [-2] is too large to make up"),
    ] as [([Int?]?, ElementType?, [String: [Int]], String)])
  func `what cannot be made up is an error`(
    shape: [Int?]?, kind: ElementType?, shapes: [String: [Int]], message: String
  ) {
    let input = InputDescription(name: "x", kind: kind, shape: shape, hasDefault: false)
    #expect(throws: EvaluationError(.unsuitableInput, message)) {
      _ = try RandomInputs(seed: 0, shapes: shapes).values(for: [input])
    }
  }

  @Test(
    arguments: [
      .int64, .int32, .int16, .int8, .int4, .int2, .uint64, .uint32, .uint16, .uint8, .uint4, .uint2,
    ] as [ElementType])
  func `integers are small and held by their kind`(kind: ElementType) throws {
    guard case .integer(let elements) = try tensor(input([500], kind)).elements else {
      Issue.record("not stored as integers")
      return
    }
    #expect(elements.allSatisfy { 0 <= $0 && $0 <= min(9, kind.greatestInteger) })
    #expect(Set(elements).count == Int(min(10, kind.greatestInteger)))
  }

  /// The significant bits that each kind holds, and the exponents of its least and greatest power of two.
  @Test(
    arguments: [
      (.float16, 11, -14, 15), (.bfloat16, 8, -126, 127), (.float8e4m3fn, 4, -6, 8), (.float8e4m3fnuz, 4, -7, 7),
      (.float8e5m2, 3, -14, 15), (.float8e5m2fnuz, 3, -15, 15), (.float6e2m3, 4, 0, 2), (.float6e3m2, 3, -2, 4),
      (.float4e2m1, 2, 0, 2), (.float8e8m0, 1, -127, 127), (.float32, 24, -126, 127), (.float64, 53, -1022, 1023),
    ] as [(ElementType, Int, Int, Int)])
  func `real numbers are held by their kind`(kind: ElementType, bits: Int, least: Int, greatest: Int) throws {
    let numbers = try #require(try tensor(input([5000], kind)).doubles)
    for number in numbers where number != 0 {
      #expect(Int(number.exponent) <= greatest)
      let quantum = Double(sign: .plus, exponent: max(Int(number.exponent), least) - bits + 1, significand: 1)
      #expect((number / quantum).rounded() == number / quantum)
    }
    if kind == .float8e8m0 { #expect(numbers.allSatisfy { $0 > 0 && $0.significand == 1 }) }
    #expect(Set(numbers).count > 3)
  }

  @Test func `text and truth values are made too`() throws {
    let text = try tensor(input([20], .string))
    guard case .text(let texts) = text.elements, case .boolean(let flags) = try tensor(input([50], .bool)).elements
    else {
      Issue.record("not stored as their kind asks")
      return
    }
    #expect(texts.allSatisfy { $0.count == 1 })
    #expect(flags.contains(true) && flags.contains(false))
  }
}
