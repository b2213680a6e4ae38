import Tensors

/// The constants of a region, each of which is read once however many plans are tried.
final class RegionConstants<Base: ConstantReader>: ConstantReader {
  private let base: Base
  private let operators: [OperatorID]
  private var known: [ConstantID: [Double]] = [:]

  init(_ base: Base, in region: FoldRegion) {
    self.base = base
    operators = region.operators
  }

  func elements(of constant: ConstantID) throws -> [Double] {
    if let elements = known[constant] { return elements }
    let elements = try base.elements(of: constant)
    known[constant] = elements
    return elements
  }

  func visit<Visitor: ElementVisitor>(_ constant: ConstantID, by visitor: inout Visitor) throws {
    try base.visit(constant, by: &visitor)
  }

  func obstacle(toNegating channels: [Int], of linear: OperatorID) throws -> DeclineReason? {
    try base.obstacle(toNegating: channels, of: operators[linear.index])
  }
}
