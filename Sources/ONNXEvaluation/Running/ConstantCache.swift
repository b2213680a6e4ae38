import ModelGraph
import Tensors

/// Keeps the constants that were read last for the next reader.
///
/// Where a node runs twice in a row, by itself and with its model, its weights are read, and widened, once.
final class ConstantCache {
  private struct Entry {
    let place: TensorPlace
    let scalar: any RunScalar.Type
    let tensor: Tensor
  }

  /// A weight and a bias, in two precisions.
  private static let limit = 4

  private var entries: [Entry] = []

  /// The tensor as it was read for one kind of number, which is then kept no longer; else what `read` gives, which is
  /// kept.
  func tensor<S: RunScalar>(at place: TensorPlace, as scalar: S.Type, read: () throws -> Tensor) rethrows -> Tensor {
    if let index = entries.firstIndex(where: { $0.place == place && $0.scalar == scalar }) {
      return entries.remove(at: index).tensor
    }
    let tensor = try read()
    if entries.count == Self.limit { entries.removeFirst() }
    entries.append(Entry(place: place, scalar: scalar, tensor: tensor))
    return tensor
  }
}
