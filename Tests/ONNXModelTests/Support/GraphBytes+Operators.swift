extension GraphBytes {
  /// A Conv of one tap with an input channel, so that it has a weight for each channel: they count from 1.
  package mutating func conv(
    _ input: String, _ output: String, channels: Int = 2, weight: [Float]? = nil, bias: [Float]? = nil,
    name: String = ""
  ) {
    initializer("\(output).weight", [channels, 1, 1, 1], weight)
    if let bias { initializer("\(output).bias", [channels], bias) }
    let inputs = [input, "\(output).weight"] + (bias == nil ? [] : ["\(output).bias"])
    node("Conv", inputs, [output], name: name)
  }

  /// The four parameters of a norm of two channels, whose scales with an epsilon of 1 are both 2.
  package mutating func normParameters(_ prefix: String, listed: Bool = false) {
    for (name, values) in [
      ("gamma", [4, 6]), ("beta", [0.5, -0.5]), ("mean", [1, -1]), ("variance", [3, 8]),
    ] as [(String, [Float])] {
      initializer("\(prefix).\(name)", [2], values)
      if listed { input("\(prefix).\(name)", [2]) }
    }
  }

  /// A norm of two channels with an epsilon of 1: it doubles and adds −1.5 and 1.5.
  package mutating func norm(
    _ input: String, _ output: String, name: String = "", epsilon: Float? = 1, outputs: [String] = [],
    domain: String = "", _ attributes: AttributeBytes...
  ) {
    normParameters(output)
    let parameters = ["gamma", "beta", "mean", "variance"].map { "\(output).\($0)" }
    let all = (epsilon.map { [AttributeBytes.float("epsilon", $0)] } ?? []) + attributes
    node("BatchNormalization", [input] + parameters, [output] + outputs, name: name, domain: domain, attributes: all)
  }

  /// A graph input of rank 4, a Conv 'c' and a norm 'y' behind it, which is the output.
  package static func convNorm(bias: [Float]? = nil, weight: [Float]? = nil) -> GraphBytes {
    GraphBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c", weight: weight, bias: bias)
      $0.norm("c", "y")
      $0.output("y", [nil, 2, nil, nil])
    }
  }
}
