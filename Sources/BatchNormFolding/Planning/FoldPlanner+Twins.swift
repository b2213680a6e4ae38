import Tensors

/// Norms that do the same to the same value, of which one is enough.
extension FoldPlanner {
  /// Lets the first of norms with one input and one map do what the others do.
  ///
  /// - Returns: Whether there are any.
  /// - Complexity: O(channels of all norms).
  mutating func uniteTwins(_ norms: [OperatorID]) -> Bool {
    var known: [TwinKey: OperatorID] = [:]
    var sources: [ValueID: ValueID] = [:]
    let before = twins.count
    for id in norms {
      guard let map = maps[id], let (input, output) = ends(of: id) else { continue }
      // What is made inside a subgraph is not known outside.
      let key = TwinKey(
        input: source(of: work.resolve(input), &sources), scope: graph[output].scope, view: map.view, affine: map.affine
      )
      // Of two whose outputs have to stay both do, and one more finds no other answer at the second.
      if let first = known[key] { _ = unite(id, with: first) } else { known[key] = id }
    }
    return twins.count > before
  }

  /// Lets what reads a norm's output read that of its twin, which comes before it.
  ///
  /// - Returns: Whether one of their outputs' names can go.
  private mutating func unite(_ id: OperatorID, with first: OperatorID) -> Bool {
    guard let (start, end) = ends(of: id), let (_, other) = ends(of: first) else { return false }
    let (input, output, value) = (work.resolve(start), work.resolve(end), work.resolve(other))
    if graph[output].pins.isEmpty {
      work.unite(output, with: value, removing: id, reading: input)
    } else if graph[value].pins.isEmpty {
      work.unite(value, with: output, removing: id, reading: input)
    } else {
      return false
    }
    twins[id] = first
    detachIdentities(before: input)
    return true
  }

  /// The value that operators hand on until it is another.
  ///
  /// - Parameter known: The answers so far.
  private mutating func source(of value: ValueID, _ known: inout [ValueID: ValueID]) -> ValueID {
    var source = value
    var passed: [ValueID] = []
    while known[source] == nil, let producer = identity(making: source), let input = graph[producer].inputs.first {
      passed.append(source)
      source = work.resolve(input)
    }
    source = work.resolve(known[source] ?? source)
    for value in passed { known[value] = source }
    return source
  }

  /// Removes operators that hand a value on which nothing reads any more.
  private mutating func detachIdentities(before value: ValueID) {
    var value = value
    while work.readerCount(of: value) == 0, graph[value].pins.isEmpty, let producer = identity(making: value),
      let input = graph[producer].inputs.first
    {
      value = work.resolve(input)
      work.detach(producer, from: value)
    }
  }

  private func identity(making value: ValueID) -> OperatorID? {
    guard let producer = work.producer(of: value), case .carrier(let carrier) = graph[producer].role,
      carrier.isIdentity, carrier.type == nil, !work.isRemoved[producer.index], extraOutput(of: producer) == nil
    else { return nil }
    return producer
  }
}

/// What norms that do the same have in common.
private struct TwinKey: Hashable {
  let input: ValueID
  let scope: Int
  let view: ChannelView
  let affine: ChannelAffine
}
