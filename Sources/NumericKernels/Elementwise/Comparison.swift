import Tensors

/// A relation between two numbers.
package enum Comparison: Sendable {
  case equal, less, lessOrEqual, greater, greaterOrEqual
}

extension Comparison {
  /// Whether the relation holds, for each pair; no relation holds for NaN.
  ///
  /// - Parameters:
  ///   - a: Broadcasts from `aShape` to `shape`, as `b` does.
  @specialized(where T == Float)
  @specialized(where T == Double)
  @specialized(where T == Int64)
  @specialized(where T == UInt64)
  package func holds<T: Comparable>(_ a: [T], _ aShape: [Int], _ b: [T], _ bShape: [Int], to shape: [Int]) -> [Bool] {
    let first = aShape == shape ? a : StridedCopy.expansion(of: aShape, to: shape).elements(of: a)
    let second = bShape == shape ? b : StridedCopy.expansion(of: bShape, to: shape).elements(of: b)
    return switch self {
    case .equal: compare(first, second) { $0 == $1 }
    case .less: compare(first, second) { $0 < $1 }
    case .lessOrEqual: compare(first, second) { $0 <= $1 }
    case .greater: compare(first, second) { $0 > $1 }
    case .greaterOrEqual: compare(first, second) { $0 >= $1 }
    }
  }

  @inline(__always)
  private func compare<T>(_ a: [T], _ b: [T], _ relation: (T, T) -> Bool) -> [Bool] {
    var result = [Bool](repeating: false, count: a.count)
    for index in result.indices { result[index] = relation(a[index], b[index]) }
    return result
  }
}
