/// What is known of the shape of a value whose number of axes is known.
package struct ValueShape: Equatable, Sendable {
  /// The most axes that are followed: no runtime takes more, and so a shape costs no more than this.
  package static let largestRank = 64

  /// The sizes of the axes; what is known of them is never negative.
  package let dimensions: [Dimension]

  /// nil for a shape of more than `largestRank` axes.
  package init?(_ dimensions: [Dimension]) {
    guard dimensions.count <= Self.largestRank else { return nil }
    self.dimensions = dimensions.contains { $0.valid != $0 } ? dimensions.map(\.valid) : dimensions
  }

  /// A shape of known sizes.
  package init?(sizes: [Int]) { self.init(sizes.map { .size($0) }) }

  /// A shape of which some sizes are known.
  package init?(optional sizes: [Int?]) { self.init(sizes.map { $0.map { .size($0) } ?? .unknown }) }

  /// A shape of which only the number of axes is known.
  package init?(rank: Int) {
    guard (0...Self.largestRank).contains(rank) else { return nil }
    self.init([Dimension](repeating: .unknown, count: rank))
  }

  /// The number of axes.
  package var rank: Int { dimensions.count }

  /// The sizes where all are known.
  package var sizes: [Int]? {
    let sizes = dimensions.compactMap(\.size)
    return sizes.count == rank ? sizes : nil
  }

  package subscript(axis: Int) -> Dimension { dimensions[axis] }

  /// The axis that a number names, which counts from the end where it is negative; nil where there is none.
  package func axis(_ number: Int) -> Int? { Self.axis(number, rank: rank) }

  package static func axis(_ number: Int, rank: Int) -> Int? {
    let axis = number < 0 ? number + rank : number
    return (0..<rank).contains(axis) ? axis : nil
  }

  /// The distinct axes that numbers name; nil where one is no axis or is named twice.
  package func axes(_ numbers: [Int]) -> Set<Int>? {
    let axes = Set(numbers.compactMap { axis($0) })
    return axes.count == numbers.count ? axes : nil
  }

  /// The same shape with one size changed.
  package func replacing(_ axis: Int, with dimension: Dimension) -> ValueShape? {
    var dimensions = dimensions
    dimensions[axis] = dimension
    return ValueShape(dimensions)
  }
}

// MARK: - Two shapes

extension ValueShape {
  /// The shape with what another statement of it adds; this one is right where they differ.
  package func completed(by other: ValueShape?) -> ValueShape {
    guard let other, other.rank == rank, dimensions.contains(where: { $0.size == nil }) else { return self }
    return ValueShape(zip(dimensions, other.dimensions).map { $0.completed(by: $1) }) ?? self
  }

  /// The shape that two values share: unknown sizes where they contradict each other, nil where their ranks do.
  package func merged(with other: ValueShape) -> ValueShape? {
    guard other.rank == rank else { return nil }
    return ValueShape(zip(dimensions, other.dimensions).map { $0.merged(with: $1) })
  }

  /// The shape to which NumPy's rule broadcasts two values.
  package func broadcast(with other: ValueShape) -> ValueShape? {
    guard self != other else { return self }
    let (longer, shorter) = rank >= other.rank ? (self, other) : (other, self)
    var dimensions = longer.dimensions
    let offset = longer.rank - shorter.rank
    for axis in shorter.dimensions.indices {
      dimensions[offset + axis] = dimensions[offset + axis].broadcast(with: shorter[axis])
    }
    return ValueShape(dimensions)
  }
}
