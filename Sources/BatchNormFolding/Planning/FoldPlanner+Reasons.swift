import Tensors

/// Why a map cannot go on.
extension FoldPlanner {
  /// Why a value has to stay as it is, but for the operator that reads it, nil where it may change.
  mutating func obstacle(at id: ValueID) -> DeclineReason? {
    let value = graph[id]
    if value.pins.contains(.graphOutput) {
      return DeclineReason(.activationIsOutput, "the value '\(value.name)' before it is a graph output")
    }
    if value.pins.contains(.captured) {
      return DeclineReason(.activationCaptured, "the value '\(value.name)' before it is read inside a subgraph")
    }
    let readers = work.readerCount(of: id)
    if readers > 1, value.isReadInside {
      return DeclineReason(
        .activationCaptured, "the value '\(value.name)' before it has \(readers) readers, some inside a subgraph")
    }
    if readers > 1 {
      return DeclineReason(.activationShared, "the value '\(value.name)' before it has \(readers) readers")
    }
    if value.pins.contains(.kept) {
      return DeclineReason(.valuePinned, "the value '\(value.name)' before it is to be kept")
    }
    return nil
  }

  /// Why a value has to stay as it is, nil where all its readers may agree to another.
  func forwardObstacle(at id: ValueID) -> DeclineReason? {
    let value = graph[id]
    if value.pins.contains(.graphOutput) {
      return DeclineReason(.activationIsOutput, "the value '\(value.name)' behind it is a graph output")
    }
    if value.pins.contains(.captured) {
      return DeclineReason(.activationCaptured, "the value '\(value.name)' behind it is read inside a subgraph")
    }
    if value.pins.contains(.kept) {
      return DeclineReason(.valuePinned, "the value '\(value.name)' behind it is to be kept")
    }
    if value.isReadInside, work.foreignReaderCount(of: id) > 0 {
      return DeclineReason(
        .activationCaptured, "the value '\(value.name)' behind it is read inside a subgraph by what takes nothing in")
    }
    if work.foreignReaderCount(of: id) > 0 || work.consumers[id.index].isEmpty {
      return DeclineReason(.noLinearProducer, "the value '\(value.name)' behind it is read by what takes nothing in")
    }
    return nil
  }

  /// An output beside the first that somebody reads, such as a mask, keeps its operator.
  func extraOutput(of id: OperatorID) -> DeclineReason? {
    for output in graph[id].outputs.dropFirst() where graph.isRead(output) {
      return DeclineReason(
        .valuePinned, "the output '\(graph[output].name)' of the \(title(of: id)) is read")
    }
    return nil
  }

  /// Why an operator does not carry a map, nil where it does.
  func demand(
    of carrier: ChannelCarrier, _ id: OperatorID, on map: TravellingMap, _ proposal: FoldProposal
  ) -> DeclineReason? {
    // A weight tells the type of what its operator makes, and a map's own constants that of what they were applied to;
    // the parameters of a norm may have another one.
    if let type = carrier.type, proposal.mergesIntoNorms || (proposal.isForward && map.types.isEmpty) {
      return DeclineReason(.typeMismatch, "\(type.subject) beside it may have been of another type before")
    }
    if let reason = carrier.shiftObstacle, map.firstShifted != nil {
      guard proposal.isForward, reason.code == .noLinearProducer else { return reason }
      return DeclineReason(reason.code, "the \(title(of: id)) behind it lets no shift pass")
    }
    let demand: ChannelCarrier.ScaleDemand =
      carrier.scaleDemand == .positive && extraOutput(of: id) == nil ? .notNegative : carrier.scaleDemand
    guard let channel = map.firstChannel(against: demand) else { return nil }
    let wanted = demand == .positive ? "above 0" : "at least 0"
    return DeclineReason(
      .noLinearProducer,
      "the \(title(of: id)) beside it lets only scales pass that are \(wanted), and that of channel \(channel) is not")
  }

  func unevenConstant(_ id: OperatorID, _ affine: ConstantAffine) -> DeclineReason {
    let constant = graph[affine.constant]
    return DeclineReason(
      .channelAxisDiffers,
      "'\(constant.name)' of shape \(constant.shape), in the \(graph[id].kind) beside it, does not vary along its channels alone"
    )
  }

  /// The reason of a map that has other channels than a constant on its way.
  func otherChannels(
    _ id: OperatorID, _ affine: ConstantAffine, _ own: TravellingMap, than map: TravellingMap
  ) -> DeclineReason {
    guard own.view.axis == map.view.axis else { return unevenConstant(id, affine) }
    return DeclineReason(
      .channelMismatch,
      "it has \(map.view.count) channels but '\(graph[affine.constant].name)' of the \(graph[id].kind) beside it has "
        + "\(own.view.count)")
  }

  func mixedChannels(_ id: OperatorID) -> DeclineReason {
    DeclineReason(.channelAxisDiffers, "the \(title(of: id)) beside it does not keep its channels apart")
  }

  func missingProducer(of id: ValueID) -> DeclineReason {
    let name = graph[id].name
    guard let producer = work.producer(of: id) else {
      return DeclineReason(.noLinearProducer, "nothing in its graph computes its input '\(name)'")
    }
    if case .opaque(let reason?) = graph[producer].role { return reason }
    return DeclineReason(.noLinearProducer, "its input '\(name)' comes from the \(title(of: producer))")
  }

  func missingConsumer(_ id: OperatorID) -> DeclineReason {
    if case .opaque(let reason?) = graph[id].role { return reason }
    return DeclineReason(.noLinearProducer, "the \(title(of: id)) behind it takes nothing in")
  }

  func title(of id: OperatorID) -> String {
    graph[id].name.isEmpty ? graph[id].kind : "\(graph[id].kind) '\(graph[id].name)'"
  }

  /// The reason of a map that speaks of other channels than an operator that could absorb it.
  ///
  /// - Parameter own: The channels that the operator makes, or behind the map, those that it sums over.
  func mismatch(_ view: ChannelView, with own: ChannelView, at id: OperatorID, isBehind: Bool = false) -> DeclineReason
  {
    let place = isBehind ? "\(title(of: id)) behind it" : title(of: id)
    guard view.axis == own.axis else {
      let (axis, other) = (view.axis ?? 0, own.axis ?? 0)
      return DeclineReason(
        .channelAxisDiffers,
        isBehind
          ? "it scales axis \(axis) but the \(place) sums over axis \(other)"
          : "it scales axis \(axis) but the channels of the \(place) are axis \(other)")
    }
    return DeclineReason(
      .channelMismatch, "it has \(view.count) channels but the \(place) \(isBehind ? "reads" : "has") \(own.count)")
  }

  func keptParameter(of linear: LinearOperator) -> DeclineReason? {
    if graph[linear.weight].isKept {
      return DeclineReason(.valuePinned, "the weight '\(graph[linear.weight].name)' is to be kept")
    }
    if case .constant(let bias, _, _) = linear.bias, graph[bias].isKept {
      return DeclineReason(.valuePinned, "the bias '\(graph[bias].name)' is to be kept")
    }
    return nil
  }

  func typeMismatch(_ map: TravellingMap, with linear: LinearOperator) -> DeclineReason? {
    let weight = graph[linear.weight]
    guard let type = map.types.first(where: { $0.storage != weight.storage }) else { return nil }
    return DeclineReason(
      .typeMismatch, "\(type.subject) is \(type.typeName) but the weight '\(weight.name)' is \(weight.typeName)")
  }
}

extension DeclineReason {
  /// Whether it speaks of an operator that would absorb a map but for something of its own.
  var isAboutOperator: Bool {
    [
      .paddingWithShift, .shiftNotUniform, .overflowsStorage, .typeMismatch, .weightQuantized, .weightNotConstant,
      .channelAxisDiffers, .channelMismatch, .valuePinned,
    ].contains(code)
  }
}
