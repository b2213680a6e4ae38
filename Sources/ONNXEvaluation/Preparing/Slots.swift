import ModelGraph
import Tensors

/// The places of one graph's values while it is prepared.
final class Slots {
  private let parent: Slots?
  private var slots: [ValueID: Int] = [:]
  private(set) var count = 0
  private(set) var constants: [Int: ConstantSource] = [:]
  private(set) var captures: [PreparedGraph.Capture] = []

  init(parent: Slots?) { self.parent = parent }

  /// Gives a value a slot of this graph.
  func define(_ value: ValueID, constant: ConstantSource? = nil) -> Int {
    let slot = count
    count += 1
    slots[value] = slot
    constants[slot] = constant
    return slot
  }

  /// The slot of a value, nil where nothing has defined it.
  ///
  /// A value of an outer graph gets a slot here, and is captured; a constant is not, as it can be read anew.
  func slot(of value: ValueID) -> Int? {
    if let slot = slots[value] { return slot }
    guard let parent, let outer = parent.slot(of: value) else { return nil }
    let constant = parent.constants[outer]
    let inner = define(value, constant: constant)
    if constant == nil { captures.append(PreparedGraph.Capture(outer: outer, inner: inner)) }
    return inner
  }
}
