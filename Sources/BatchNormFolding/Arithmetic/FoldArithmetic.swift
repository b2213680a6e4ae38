/// The numbers of one fold: what each weight and bias element becomes, each correctly rounded once.
///
/// The exact value of a weight element is a real number: the stored element times the operator's own factor times
/// the scale of its output channel behind the operator, times that of its input channel in front of it, plus, on the
/// elements of a parallel map, its scale. Nearly always a double decides how it rounds; what that leaves open a
/// double-double decides, with a proven bound of its error; and the rest 576 bits, where what is nearer to a tie
/// than 2⁻⁴⁰⁰ is the tie (Ziv, "Fast evaluation of elementary mathematical functions with correctly rounded last
/// bit", ACM TOMS 17(3), 1991).
///
/// Only the scales of the two sides are kept, O(channels); those of pairs are made as chunks need them.
package struct FoldArithmetic: Sendable {
  /// What stands behind the operator, per output channel.
  package let affine: ChannelAffine

  /// What multiplies the stored weight, and the stored bias, before the affine map (Gemm's alpha and beta).
  package let weightFactor: Double
  package let biasFactor: Double

  /// The type of the weight and the bias, before and after.
  package let storage: StorageType

  /// What stands in front of the operator.
  package let input: InputFold?

  /// What is added beside the operator.
  package let parallel: ParallelFold?

  /// The scale of each output channel, the weight factor included.
  let output: ScaleTable

  let sides: Sides
  let parallelScales: ParallelScales?

  /// - Precondition: The maps in front and beside have the affine map's channels as their output's.
  /// - Complexity: O(steps × channels).
  package init(
    affine: ChannelAffine, weightFactor: Double, biasFactor: Double, storage: StorageType, input: InputFold? = nil,
    parallel: ParallelFold? = nil
  ) {
    precondition(
      input.map { $0.outputMap.channels == affine.channels } ?? true, "a map in front must lead to the same channels")
    precondition(
      parallel.map { $0.elements.count == affine.channels } ?? true, "a parallel map must have the same channels")
    self.affine = affine
    self.weightFactor = weightFactor
    self.biasFactor = biasFactor
    self.storage = storage
    self.input = input
    self.parallel = parallel
    let output = ScaleTable(affine, factor: weightFactor, storage: storage)
    self.output = output
    sides = input.map { Sides($0, output: output, storage: storage) } ?? .output
    parallelScales = parallel.map(ParallelScales.init)
  }

  /// What a stored weight element of a channel becomes: the correctly rounded number of the storage type, without
  /// what a parallel map adds.
  ///
  /// A zero has the sign of the product; an element that is infinite or NaN becomes its product with the scale.
  ///
  /// - Precondition: Where a map in front has scales, the element's input channel is given.
  package func weight(_ stored: Double, channel: Int, inputChannel: Int? = nil) -> Double {
    var careful = CarefulScaler(self)
    return careful.weight(stored, place(channel: channel, inputChannel: inputChannel))
  }
}
