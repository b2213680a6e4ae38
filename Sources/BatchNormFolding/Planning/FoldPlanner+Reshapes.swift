import Tensors

/// Operators that give the elements other shapes, several in a row: where one mixes channels, the next may part them.
extension FoldPlanner {
  /// The most in a row that are looked at.
  private static var longestRow: Int { 8 }

  /// The shortest row from an operator on that keeps apart the channels of a map, which stands before it where the row
  /// goes forward, and else behind it.
  mutating func row(from first: OperatorID, of map: TravellingMap, isForward: Bool) -> ReshapeRow? {
    guard let own = shapes(of: first) else { return nil }
    var (operators, between, last) = ([first], [ValueID](), first)
    while operators.count < Self.longestRow, let (value, next) = neighbor(of: last, isForward),
      let other = shapes(of: next), let (input, output) = ends(of: next)
    {
      operators.append(next)
      between.append(value)
      last = next
      let (from, to) = isForward ? (own.from, other.to) : (other.from, own.to)
      let whole = ChannelCarrier(.reshape(from: from, to: to))
      let carried =
        isForward
        ? map.carriedForward(by: whole.relation(before: map.view))
        : map.carriedBack(by: whole.relation(behind: map.view))
      guard let carried else { continue }
      return ReshapeRow(operators: operators, between: between, map: carried, value: isForward ? output : input)
    }
    return nil
  }

  /// The operator that alone reads what another one makes, or makes what it reads, with that value if it may change.
  private mutating func neighbor(of id: OperatorID, _ isForward: Bool) -> (ValueID, OperatorID)? {
    guard let (input, output) = ends(of: id), case let value = work.resolve(isForward ? output : input) else {
      return nil
    }
    if isForward {
      let consumers = work.consumers[value.index]
      return forwardObstacle(at: value) == nil && consumers.count == 1 ? (value, consumers[0]) : nil
    }
    return obstacle(at: value) == nil ? work.producer(of: value).map { (value, $0) } : nil
  }

  /// The shapes of what an operator reads and makes that does nothing but give its elements another one.
  private func shapes(of id: OperatorID) -> (from: [Dimension], to: [Dimension])? {
    guard case .carrier(let carrier) = graph[id].role, case .reshape(let from, let to) = carrier.layout,
      extraOutput(of: id) == nil
    else { return nil }
    return (from, to)
  }
}
