extension FoldArithmetic {
  /// Where a weight's scales come from.
  enum Sides: Sendable {
    case output
    case input(InputFold, ScaleTable)
    case both(InputFold, ScaleTable)
  }

  /// The scale of a weight element.
  func scale(_ place: WeightPlace) -> ChannelScale {
    let output = place.channel.map { self.output.scales[$0] }
    let front = place.inputChannel.flatMap { inputScales?.scales[$0] }
    guard let output else { return front ?? ChannelScale(DoubleDouble(1), error: 0) }
    return front.map { output.joined(with: $0) } ?? output
  }

  /// Whether the scale of a weight element is a number.
  func isDefined(_ place: WeightPlace) -> Bool {
    (place.channel.map { affine.isDefined($0) } ?? true)
      && (place.inputChannel.map { input?.affine.isDefined($0) ?? true } ?? true)
  }

  /// The scales in front, nil where none differs from 1.
  var inputScales: ScaleTable? {
    switch sides {
    case .output: nil
    case .input(_, let table), .both(_, let table): table
    }
  }

  /// The place of an element with these channels.
  func place(channel: Int, inputChannel: Int?) -> WeightPlace {
    switch sides {
    case .output: return WeightPlace(channel: channel, inputChannel: nil)
    case .input, .both:
      guard let inputChannel else { preconditionFailure("a map in front needs the element's input channel") }
      return WeightPlace(channel: channel, inputChannel: inputChannel)
    }
  }
}

extension FoldArithmetic.Sides {
  init(_ input: InputFold, output: ScaleTable, storage: StorageType) {
    let table = ScaleTable(input.affine, storage: storage)
    self = table.isNeutral ? .output : output.isNeutral ? .input(input, table) : .both(input, table)
  }
}
