import ArgumentParser

/// A number of bytes as people write it: `2G`, `512M`, `64K` or a plain number; a unit is 1,024 of the one before it.
struct ByteSize: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    let digits = argument.prefix { ("0"..."9").contains($0) }
    let units = ["": 0, "K": 10, "M": 20, "G": 30, "T": 40]
    var unit = argument.dropFirst(digits.count).uppercased()
    for ending in ["IB", "B"] where unit.hasSuffix(ending) {
      unit.removeLast(ending.count)
      break
    }
    guard let number = Int(digits), let shift = units[unit], number > 0, number <= Int.max >> shift else { return nil }
    bytes = number << shift
  }
}
