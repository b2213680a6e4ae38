import Tensors

/// A graph from which operators disappear while it is planned.
///
/// Where an operator goes, its input and its output become one value. The one that nobody names any more is succeeded
/// by the other.
struct FoldWorkspace {
  let graph: FoldGraph

  private(set) var isRemoved: [Bool]

  /// Per value: the operators whose roles speak of it, once for each input; idle ones are left out.
  private(set) var consumers: [[OperatorID]]

  /// Per value: how many inputs of other operators read it.
  private var foreignReaders: [Int]

  private var producers: [OperatorID?]
  private var successors: [Int]
  private(set) var changes: [ValueID: ValueChange] = [:]

  /// Operators of which only handing their input on is left, with what they hand it on as.
  private(set) var handedOn: [OperatorID: ValueID] = [:]

  /// Branches of sums that others have taken in.
  private(set) var leftOut: [OperatorID: Set<ValueID>] = [:]

  init(_ graph: FoldGraph) {
    self.graph = graph
    isRemoved = Array(repeating: false, count: graph.operators.count)
    var consumers = [[OperatorID]](repeating: [], count: graph.values.count)
    for (index, current) in graph.operators.enumerated() where !current.isIdle {
      for input in current.inputs { consumers[input.index].append(OperatorID(index)) }
    }
    foreignReaders = graph.values.indices.map { graph.values[$0].readerCount - consumers[$0].count }
    self.consumers = consumers
    producers = graph.values.map(\.producer)
    successors = Array(graph.values.indices)
  }

  /// The value that a value has become one with.
  mutating func resolve(_ value: ValueID) -> ValueID {
    var root = value.index
    while successors[root] != root { root = successors[root] }
    var index = value.index
    while successors[index] != root { (index, successors[index]) = (successors[index], root) }
    return ValueID(root)
  }

  /// Each value that has become one with another, with that one.
  var succeeded: [ValueID: ValueID] {
    mutating get {
      var result: [ValueID: ValueID] = [:]
      for index in successors.indices where successors[index] != index {
        result[ValueID(index)] = resolve(ValueID(index))
      }
      return result
    }
  }

  func producer(of value: ValueID) -> OperatorID? { producers[value.index] }

  func foreignReaderCount(of value: ValueID) -> Int { foreignReaders[value.index] }

  /// How many inputs read a value.
  func readerCount(of value: ValueID) -> Int { consumers[value.index].count + foreignReaders[value.index] }

  /// The inputs that a role speaks of, but for those that it does without.
  mutating func inputs(of id: OperatorID) -> [ValueID] { branches(of: id).map(\.value) }

  /// The same with their numbers among all inputs.
  mutating func branches(of id: OperatorID) -> [(number: Int, value: ValueID)] {
    graph[id].inputs.enumerated().map { ($0, resolve($1)) }.filter { leftOut[id]?.contains($0.1) != true }
  }

  /// The value that an operator hands on as another one.
  mutating func handedIn(for value: ValueID, by id: OperatorID) -> ValueID? {
    let outputs = graph[id].outputs
    return outputs.indices.first { resolve(outputs[$0]) == value }.map { resolve(graph[id].inputs[$0]) }
  }

  /// Whether a value is made outside the scope of another one that an operator makes of it.
  func comesFromOutside(_ input: ValueID, to output: ValueID) -> Bool {
    graph[input].scope != graph[output].scope || graph[input].isHandedIn
  }

  /// Whether an operator is all that makes a value in its scope, which is handed out of that.
  mutating func isHandedOut(_ output: ValueID, madeFrom input: ValueID) -> Bool {
    let (input, output) = (resolve(input), resolve(output))
    guard comesFromOutside(input, to: output) else { return false }
    return graph[output].isHandedOut || !graph[output].pins.isEmpty
  }

  /// Leaves an operator that hands its input on, where it did more.
  mutating func handOn(_ id: OperatorID, as output: ValueID) {
    isRemoved[id.index] = true
    handedOn[id] = output
    producers[output.index] = id
  }

  /// Removes an operator whose only reader was the one behind it; the value keeps the name of its output.
  mutating func removeBackward(_ id: OperatorID, from input: ValueID, to output: ValueID) {
    isRemoved[id.index] = true
    successors[input.index] = output.index
    producers[output.index] = producers[input.index]
  }

  /// Removes an operator whose readers have all agreed; they read its input instead.
  mutating func removeForward(_ id: OperatorID, from input: ValueID, to output: ValueID) {
    isRemoved[id.index] = true
    if let place = consumers[input.index].firstIndex(of: id) { consumers[input.index].remove(at: place) }
    join(output, to: input)
  }

  /// Removes an operator that makes what another before it makes too; a value succeeds another that has the same
  /// contents.
  mutating func unite(_ value: ValueID, with successor: ValueID, removing id: OperatorID, reading input: ValueID) {
    detach(id, from: input)
    if producers[successor.index] == id { producers[successor.index] = producers[value.index] }
    join(value, to: successor)
    foreignReaders[successor.index] += foreignReaders[value.index]
  }

  /// Lets what reads a value read its successor.
  private mutating func join(_ value: ValueID, to successor: ValueID) {
    successors[value.index] = successor.index
    consumers[successor.index] += consumers[value.index]
    consumers[value.index] = []
  }

  /// Removes an operator whose output nothing reads any more.
  mutating func detach(_ id: OperatorID, from input: ValueID) {
    isRemoved[id.index] = true
    consumers[input.index].removeAll { $0 == id }
  }

  /// Lets a sum do without a branch that nothing else reads.
  mutating func leaveOut(_ branch: ValueID, of id: OperatorID) { leftOut[id, default: []].insert(branch) }

  mutating func change(_ value: ValueID, to change: ValueChange) { changes[value] = change }
}
