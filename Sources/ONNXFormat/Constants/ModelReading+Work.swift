import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import Tensors

/// What running nodes on constants takes, from the sizes that follow beforehand.
extension ModelReading {
  /// Operators that multiply more than they make, with how many products there are to an element at most.
  private static let products: [String: @Sendable (_ inputs: [[Int]], _ made: Int) -> Int?] = {
    // Rows of one matrix times columns of the other: the square of what both sum over, or more.
    let matrices: @Sendable ([[Int]], Int) -> Int? = { inputs, made in
      guard inputs.count >= 2, made > 0, let first = inputs[0].elementCount, let second = inputs[1].elementCount
      else { return 0 }
      return Int(min((Double(first) * Double(second) / Double(made)).squareRoot(), 0x1p60)) + 1
    }
    let taps: @Sendable ([[Int]], Int) -> Int? = { inputs, _ in
      inputs.dropFirst().first.flatMap { Array($0.dropFirst()).elementCount }
    }
    var table: [String: @Sendable ([[Int]], Int) -> Int?] = [
      "MatMul": matrices, "Gemm": matrices, "MatMulInteger": matrices, "Conv": taps, "ConvInteger": taps,
    ]
    for name in [
      "Attention", "AveragePool", "Col2Im", "ConvTranspose", "DFT", "DeformConv", "Einsum", "GRU", "GridSample", "LRN",
      "LSTM", "LpPool", "MaxPool", "MaxRoiPool", "NonMaxSuppression", "QLinearConv", "QLinearMatMul", "RNN", "Resize",
      "RoiAlign", "STFT", "Upsample",
    ] {
      table[name] = { inputs, _ in inputs.compactMap(\.elementCount).max() }
    }
    return table
  }()

  /// The elements that a node makes of constants, and what its other work is worth in them; nil where that does not
  /// follow from what it reads.
  ///
  /// What the file states of its results does not count: nothing was checked against it.
  ///
  /// - Complexity: O(inputs and outputs).
  func work(of id: OperatorID) throws(ModelFileError) -> Int? {
    let node = nodes[id.index]
    guard node.operatorType != "Constant" else { return ComputationBudget.elementsPerNode }
    var made = 0
    var first: Int?
    for (position, output) in node.outputs.enumerated() where output != nil {
      // Further outputs of which the rules do not speak are no larger.
      guard let count = try inferredShape(of: node, output: position)?.sizes?.elementCount ?? first else { return nil }
      first = first ?? count
      let (sum, overflow) = made.addingReportingOverflow(count)
      guard !overflow else { return nil }
      made = sum
    }
    var work = made
    if let products = Self.products[node.operatorType] {
      let inputs = node.inputs.map { input in input.flatMap { values[$0.index].shape?.sizes } ?? [] }
      guard let count = products(inputs, made) else { return nil }
      let (all, overflow) = made.multipliedReportingOverflow(by: count / ComputationBudget.productsPerElement + 1)
      guard !overflow else { return nil }
      work = all
    }
    let (sum, overflow) = work.addingReportingOverflow(ComputationBudget.elementsPerNode)
    return overflow ? nil : sum
  }

  /// Takes from the budget what a norm's result needs, which is as large as its input.
  func takesResult(of count: Int, _ work: Int?) -> Bool {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Double>.size)
    return !overflow && computed.takes(bytes: bytes, elements: work)
  }
}
