import ONNXModel
import RecordedData

/// The names of one graph while it is prepared.
final class Scope {
  private let parent: Scope?
  private var slots: [Name: Int] = [:]
  private(set) var slotCount = 0
  private(set) var constants: [Int: ConstantSource] = [:]
  private(set) var captures: [PreparedGraph.Capture] = []

  init(parent: Scope?) { self.parent = parent }

  /// Gives a name a slot of this graph; a name that an outer graph has too is shadowed.
  func define(_ name: Name, constant: ConstantSource? = nil) -> Int {
    let slot = slotCount
    slotCount += 1
    slots[name] = slot
    constants[slot] = constant
    return slot
  }

  /// The slot of a name, nil where nothing has defined it.
  ///
  /// A value of an outer graph gets a slot here, and is captured; a constant is not, as it can be read anew.
  func slot(of name: Name) -> Int? {
    if let slot = slots[name] { return slot }
    guard let parent, let outer = parent.slot(of: name) else { return nil }
    let constant = parent.constants[outer]
    let inner = define(name, constant: constant)
    if constant == nil { captures.append(PreparedGraph.Capture(outer: outer, inner: inner)) }
    return inner
  }
}
