import Testing

@testable import ONNXFormat

@Suite struct ComputationBudgetTests {
  private static let limit = 100 + ComputationBudget.allowance

  @Test(arguments: [(limit, true), (limit + 1, false)])
  func `results hold as much as the files and the allowance`(bytes: Int, fits: Bool) {
    var budget = ComputationBudget(fileBytes: 100)
    #expect(budget.limit == Self.limit)
    let isTaken = budget.take(bytes: bytes, elements: 1)
    #expect(isTaken == fits)
  }

  @Test func `results count together, and what was refused does not count`() {
    var budget = ComputationBudget(fileBytes: 0)
    let answers = [budget.limit + 1, budget.limit - 1, 2, 1].map { budget.take(bytes: $0, elements: 0) }
    #expect(answers == [false, true, false, true])
  }

  @Test func `of the elements on the way as many are made at a time as bytes are held`() {
    var budget = ComputationBudget(fileBytes: 0)
    let wanted = [1] + Array(repeating: 0, count: ComputationBudget.elementsPerByte)
    let answers = wanted.map { budget.take(bytes: 0, elements: budget.limit + $0) }
    #expect(answers == wanted.map { $0 == 0 })
    let isMore = budget.take(bytes: 0, elements: 1)
    #expect(!isMore)
  }

  @Test func `what is not known beforehand is not worked out`() {
    var budget = ComputationBudget(fileBytes: 0)
    let isTaken = budget.take(bytes: 0, elements: nil)
    #expect(!isTaken)
  }
}
