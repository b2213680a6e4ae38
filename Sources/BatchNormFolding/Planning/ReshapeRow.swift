import Tensors

/// Reshapes in a row, with the map on the other side of all of them.
struct ReshapeRow {
  /// From the one that the map meets.
  let operators: [OperatorID]
  /// The values between them, whose channels are mixed.
  let between: [ValueID]
  let map: TravellingMap
  /// What is on the other side.
  let value: ValueID
}

extension FoldProposal {
  /// Notes that a map passes a row.
  ///
  /// - Returns: The wish for what is on its other side.
  mutating func pass(_ row: ReshapeRow) -> Wish {
    passed += row.operators
    for value in row.between { changeBeyondMaps(value) }
    return Wish(map: row.map, value: row.value, isKept: true)
  }
}
