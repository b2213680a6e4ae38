/// Numbers as people read them: few digits, the same on every machine.
enum NumberText {
  /// A number with three significant digits: `0`, `0.500`, `1,240`, `1.23·10⁻⁷`, `∞`.
  ///
  /// The largest finite number stands for infinity, as JSON has none.
  static func number(_ value: Double) -> String { text(value, isShort: false) }

  /// The same without zeros at its end, as at an axis: `0.5`, `10⁻⁷`.
  static func short(_ value: Double) -> String { text(value, isShort: true) }

  private static func text(_ value: Double, isShort: Bool) -> String {
    guard value.isFinite, abs(value) < .greatestFiniteMagnitude else {
      return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞"
    }
    guard value != 0 else { return "0" }
    let decimal = Decimal(abs(value), digits: 3, isShort: isShort)
    let sign = value < 0 ? "−" : ""
    guard (-4..<6).contains(decimal.exponent) else {
      let mantissa =
        decimal.digits.count == 1 ? decimal.digits : "\(decimal.digits.prefix(1)).\(decimal.digits.dropFirst())"
      let power = "10" + superscript(decimal.exponent)
      return sign + (mantissa == "1" ? power : "\(mantissa)·\(power)")
    }
    return sign + decimal.plain
  }

  /// A count, in groups of three digits.
  static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "−" : "") + text
  }

  /// A share in percent; where it is many times the whole, how many times.
  static func share(_ value: Double) -> String {
    guard value.isFinite else { return number(value) }
    return abs(value) < 10 ? "\(number(value * 100)) %" : "\(number(value)) times"
  }

  /// A number of units with the word for one or for several.
  static func counted(_ value: Int, _ one: String, _ several: String) -> String {
    "\(count(value)) \(value == 1 ? one : several)"
  }

  /// A whole number in raised digits.
  static func superscript(_ value: Int) -> String {
    let raised: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
    return (value < 0 ? "⁻" : "") + String(String(value.magnitude).compactMap(\.wholeNumberValue).map { raised[$0] })
  }

  /// The sizes of a shape.
  static func shape(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: "×") }
}

extension NumberText {
  /// The leading decimal digits of a positive number.
  private struct Decimal {
    private(set) var digits: String
    /// Of the first digit.
    private(set) var exponent: Int

    /// Rounds the shortest decimal number that stands for `value`, halves up.
    init(_ value: Double, digits count: Int, isShort: Bool) {
      let parts = value.description.split(separator: "e")
      let power = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
      let mantissa = parts[0].split(separator: ".")
      let all = mantissa.joined().compactMap(\.wholeNumberValue)
      let leading = all.prefix { $0 == 0 }.count
      exponent = power + mantissa[0].count - 1 - leading
      var kept = Array(all.dropFirst(leading).prefix(count))
      if all.count > leading + count, all[leading + count] >= 5 {
        var place = kept.count - 1
        while place >= 0, kept[place] == 9 {
          kept[place] = 0
          place -= 1
        }
        if place >= 0 {
          kept[place] += 1
        } else {
          kept.insert(1, at: 0)
          exponent += 1
        }
      }
      kept = Array(kept.prefix(count))
      while !isShort, kept.count < count { kept.append(0) }
      while isShort, kept.count > 1, kept.last == 0 { kept.removeLast() }
      digits = kept.map(String.init).joined()
    }

    /// Without a power of ten.
    var plain: String {
      if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + digits }
      let padded = digits + String(repeating: "0", count: max(exponent + 1 - digits.count, 0))
      let whole = NumberText.count(Int(padded.prefix(exponent + 1)) ?? 0)
      let fraction = padded.dropFirst(exponent + 1)
      return fraction.isEmpty ? whole : "\(whole).\(fraction)"
    }
  }
}
