/// Linear equations, which have a solution or not.
enum LinearSystem {
  struct Equation {
    let terms: [(node: Int, factor: Double)]
    let value: Double
  }

  /// Whether numbers exist that meet all equations, but for rounding.
  static func isSolvable(_ equations: [Equation]) -> Bool {
    var solved: [Int: (row: [Int: Double], value: Double)] = [:]
    for equation in equations {
      var (row, value) = ([Int: Double](), equation.value)
      for (node, factor) in equation.terms { row[node, default: 0] += factor }
      while let pivot = row.keys.filter({ solved[$0] != nil }).min(), let (other, otherValue) = solved[pivot] {
        let factor = row[pivot] ?? 0
        for (node, coefficient) in other { row[node, default: 0] -= factor * coefficient }
        row[pivot] = nil
        value -= factor * otherValue
      }
      row = row.filter { abs($0.value) > 1e-9 }
      guard let (pivot, factor) = row.max(by: { (abs($0.value), $0.key) < (abs($1.value), $1.key) }) else {
        guard abs(value) < 1e-9 else { return false }
        continue
      }
      let scaled = row.mapValues { $0 / factor }
      value /= factor
      for (node, other) in solved {
        guard let coefficient = other.row[pivot] else { continue }
        var changed = other.row
        for (key, entry) in scaled { changed[key, default: 0] -= coefficient * entry }
        changed[pivot] = nil
        solved[node] = (changed, other.value - coefficient * value)
      }
      solved[pivot] = (scaled, value)
    }
    return true
  }
}
