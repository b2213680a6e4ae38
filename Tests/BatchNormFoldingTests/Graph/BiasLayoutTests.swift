import Testing

@testable import BatchNormFolding

@Suite struct BiasLayoutTests {
  @Test func `finds an element by row and channel`() {
    let full = BiasLayout(rows: 3, isPerChannel: true)
    #expect((0..<3).flatMap { row in (0..<2).map { full.index(row: row, channel: $0, channels: 2) } } == Array(0..<6))
    let column = BiasLayout(rows: 3, isPerChannel: false)
    #expect(
      (0..<3).flatMap { row in (0..<2).map { column.index(row: row, channel: $0, channels: 2) } } == [0, 0, 1, 1, 2, 2])
    let row = BiasLayout(rows: 1, isPerChannel: true)
    #expect((0..<2).map { row.index(row: 0, channel: $0, channels: 2) } == [0, 1])
    #expect(BiasLayout(rows: 1, isPerChannel: false).index(row: 0, channel: 5, channels: 9) == 0)
  }
}
