import Tensors

/// The shape that a Reshape asks for while it is read, with what its one open size must make up for.
struct ReshapeTarget {
  /// The sizes of the tensor that is reshaped; one unknown size if nothing is known of it.
  private var source: [Dimension?]
  private var dimensions: [Dimension] = []
  private var taken: [Dimension] = []
  private var open: [Int] = []

  init(source: [Dimension]) { self.source = source }

  /// Adds an axis of a stated size.
  ///
  /// - Parameter isCertain: Whether it is that size even if it should be 0.
  mutating func add(_ size: Dimension, isCertain: Bool) {
    dimensions.append(size.valid)
    taken.append(isCertain ? size.valid : .unknown)
  }

  /// Adds an axis with the size of the source's axis, which both have whatever it is.
  mutating func copy(_ size: Dimension, from axis: Int?) {
    dimensions.append(size)
    if let axis, source.indices.contains(axis) { source[axis] = nil } else { taken.append(.unknown) }
  }

  /// Adds the axis that takes what is left.
  mutating func addRest() {
    open.append(dimensions.count)
    dimensions.append(.unknown)
  }

  /// The shape; nil for one that asks for several open sizes.
  var shape: ValueShape? {
    guard open.count <= 1 else { return nil }
    var dimensions = dimensions
    if let axis = open.first { dimensions[axis] = rest }
    return ValueShape(dimensions)
  }

  /// The source's sizes divided by those that are taken.
  private var rest: Dimension {
    var symbols = source.compactMap { $0 }.filter { $0.size == nil }
    for symbol in taken where symbol.size == nil {
      guard symbol != .unknown, let place = symbols.firstIndex(of: symbol) else { return .unknown }
      symbols.remove(at: place)
    }
    guard let whole = source.compactMap({ $0?.size.map { .size($0) } }).product.size,
      let part = taken.compactMap({ $0.size.map { .size($0) } }).product.size, part > 0, whole % part == 0
    else { return .unknown }
    return (symbols + [.size(whole / part)]).product
  }
}
