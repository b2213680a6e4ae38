extension Tensor {
  /// A tensor of zeros (or empty text) of the same kind and storage.
  package static func filled(_ shape: [Int], like other: Tensor) throws -> Tensor {
    let count = try shape.checkedCount()
    let elements: Elements =
      switch other.elements {
      case .float32: .float32(Array(repeating: 0, count: count))
      case .float64: .float64(Array(repeating: 0, count: count))
      case .integer: .integer(Array(repeating: 0, count: count))
      case .boolean: .boolean(Array(repeating: false, count: count))
      case .text: .text(Array(repeating: [], count: count))
      }
    return try Tensor(shape: shape, kind: other.kind, elements: elements)
  }

  /// The elements at places in row-major order.
  package func gathered(_ places: [Int], shape: [Int]) throws -> Tensor {
    let picked: Elements =
      switch elements {
      case .float32(let elements): .float32(places.map { elements[$0] })
      case .float64(let elements): .float64(places.map { elements[$0] })
      case .integer(let elements): .integer(places.map { elements[$0] })
      case .boolean(let elements): .boolean(places.map { elements[$0] })
      case .text(let elements): .text(places.map { elements[$0] })
      }
    return try Tensor(shape: shape, kind: kind, elements: picked)
  }

  /// The tensor with other elements at some places; of several for one place the last stays.
  package func scattered(_ updates: Tensor, to places: [Int]) throws -> Tensor {
    func put<T>(_ updates: [T], into elements: [T]) -> [T] {
      var result = elements
      for (place, update) in zip(places, updates) { result[place] = update }
      return result
    }
    let changed: Elements =
      switch (elements, updates.elements) {
      case (.float32(let old), .float32(let new)): .float32(put(new, into: old))
      case (.float64(let old), .float64(let new)): .float64(put(new, into: old))
      case (.integer(let old), .integer(let new)): .integer(put(new, into: old))
      case (.boolean(let old), .boolean(let new)): .boolean(put(new, into: old))
      case (.text(let old), .text(let new)): .text(put(new, into: old))
      default: throw ComputationFailure("\(updates.kind.rawValue) cannot be put into \(kind.rawValue)")
      }
    return try Tensor(shape: shape, kind: kind, elements: changed)
  }

  /// Tensors one after the other along an axis.
  ///
  /// - Precondition: They differ at most in the size of that axis.
  package static func joined(_ tensors: [Tensor], along axis: Int) throws -> Tensor {
    guard var shape = tensors.first?.shape else { throw ComputationFailure("nothing to join") }
    for tensor in tensors.dropFirst() {
      guard tensor.rank == shape.count, tensor.kind == tensors[0].kind,
        shape.indices.allSatisfy({ $0 == axis || tensor.shape[$0] == shape[$0] })
      else {
        throw ComputationFailure("\(tensors[0].shape) and \(tensor.shape) cannot be joined along axis \(axis)")
      }
      shape[axis] += tensor.shape[axis]
    }
    _ = try shape.checkedCount()
    let outer = Shape.count(of: shape[..<axis])
    func join<T>(_ pick: (Elements) -> [T]?) throws -> [T] {
      var result: [T] = []
      result.reserveCapacity(Shape.count(of: shape))
      let parts = tensors.compactMap { pick($0.elements) }
      guard parts.count == tensors.count else {
        throw ComputationFailure("tensors of different kinds cannot be joined")
      }
      for row in 0..<outer {
        for part in parts {
          let width = part.count / max(outer, 1)
          result += part[(row * width)..<((row + 1) * width)]
        }
      }
      return result
    }
    let elements: Elements =
      switch tensors[0].elements {
      case .float32: .float32(try join { if case .float32(let part) = $0 { part } else { nil } })
      case .float64: .float64(try join { if case .float64(let part) = $0 { part } else { nil } })
      case .integer: .integer(try join { if case .integer(let part) = $0 { part } else { nil } })
      case .boolean: .boolean(try join { if case .boolean(let part) = $0 { part } else { nil } })
      case .text: .text(try join { if case .text(let part) = $0 { part } else { nil } })
      }
    return try Tensor(shape: shape, kind: tensors[0].kind, elements: elements)
  }

  /// A part of the tensor along one axis.
  package func sliced(_ range: Range<Int>, along axis: Int) throws -> Tensor {
    var target = shape
    target[axis] = range.count
    let strides = Shape.strides(of: shape)
    return try copied(
      StridedCopy(shape: target, strides: strides, offset: range.lowerBound * strides[axis]), shape: target)
  }
}

extension [Int] {
  /// More elements than any memory has, few enough to be multiplied by a small number.
  private static var elementLimit: Int { 1 << 48 }

  /// The number of elements of a tensor of this shape, which is about to be made.
  ///
  /// - Throws: `ComputationFailure` for a negative size, `EvaluationError` where the run may not have so many elements.
  package func checkedCount() throws -> Int {
    let isPossible = allSatisfy { $0 >= 0 }
    if isPossible, !contains(0) { try Ledger.current?.ask(elements: elementCount ?? .max) }
    return try possibleCount()
  }

  /// The product of sizes that nothing new is made of.
  ///
  /// - Throws: `ComputationFailure` for a negative size or more elements than anything has.
  package func possibleCount() throws -> Int {
    guard allSatisfy({ $0 >= 0 }) else { throw ComputationFailure("the shape \(self) is not possible") }
    // Where there is no element, strides are still multiplied.
    guard let count = elementCount, count <= Self.elementLimit else {
      throw ComputationFailure("a tensor of shape \(self) is too large to run")
    }
    return count
  }
}
