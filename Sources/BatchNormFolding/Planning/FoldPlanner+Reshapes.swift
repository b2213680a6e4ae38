/// Operators that give the elements other shapes, several in a row: where one mixes channels, the next may part them.
extension FoldPlanner {
  /// The most in a row that are looked at.
  private static var longestRow: Int { 8 }

  /// The shortest row that ends with an operator and keeps apart the channels of a map behind it.
  mutating func row(before last: OperatorID, of map: TravellingMap) -> ReshapeRow? {
    guard case (_, let to)? = shapes(of: last) else { return nil }
    var (operators, between) = ([last], [ValueID]())
    while operators.count < Self.longestRow, let input = graph[operators[operators.count - 1]].inputs.first,
      case let value = work.resolve(input), obstacle(at: value) == nil, let producer = work.producer(of: value),
      case (let from, _)? = shapes(of: producer), let start = graph[producer].inputs.first
    {
      operators.append(producer)
      between.append(value)
      let whole = ChannelCarrier(.reshape(from: from, to: to))
      guard let carried = map.carriedBack(by: whole.relation(behind: map.view)) else { continue }
      return ReshapeRow(operators: operators, between: between, map: carried, value: start)
    }
    return nil
  }

  /// The shortest row that begins with an operator and keeps apart the channels of a map before it.
  mutating func row(behind first: OperatorID, of map: TravellingMap) -> ReshapeRow? {
    guard case (let from, _)? = shapes(of: first) else { return nil }
    var (operators, between) = ([first], [ValueID]())
    while operators.count < Self.longestRow, let output = graph[operators[operators.count - 1]].outputs.first,
      case let value = work.resolve(output), forwardObstacle(at: value) == nil, work.consumers[value.index].count == 1,
      case let consumer = work.consumers[value.index][0], case (_, let to)? = shapes(of: consumer),
      let end = graph[consumer].outputs.first
    {
      operators.append(consumer)
      between.append(value)
      let whole = ChannelCarrier(.reshape(from: from, to: to))
      guard let carried = map.carriedForward(by: whole.relation(before: map.view)) else { continue }
      return ReshapeRow(operators: operators, between: between, map: carried, value: end)
    }
    return nil
  }

  /// The shapes of what an operator reads and makes that does nothing but give its elements another one.
  private func shapes(of id: OperatorID) -> (from: [Extent], to: [Extent])? {
    guard case .carrier(let carrier) = graph[id].role, case .reshape(let from, let to) = carrier.layout,
      extraOutput(of: id) == nil
    else { return nil }
    return (from, to)
  }
}
