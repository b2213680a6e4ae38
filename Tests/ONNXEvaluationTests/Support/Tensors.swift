import Equivalence
import ONNXModel
import RecordedData
import Tensors
import Testing

@testable import ONNXEvaluation

/// A tensor that a test states.
func stated(_ tensor: () throws -> Tensor) -> Tensor {
  guard let tensor = try? tensor() else { preconditionFailure("a stated tensor must hold what its shape says") }
  return tensor
}

/// A tensor of `float32`; without a shape one of one axis.
func reals(_ elements: [Float], _ shape: [Int]? = nil) -> Tensor {
  stated { try Tensor(shape: shape ?? [elements.count], elements) }
}

/// A tensor of `int64`.
func integers(_ elements: [Int64], _ shape: [Int]? = nil) -> Tensor {
  stated { try Tensor(shape: shape ?? [elements.count], elements) }
}

func scalar(_ element: Float) -> Tensor { reals([element], []) }

func whole(_ element: Int64) -> Tensor { integers([element], []) }

func truths(_ elements: [Bool], _ shape: [Int]? = nil) -> Tensor {
  stated { try Tensor(shape ?? [elements.count], booleans: elements) }
}

func texts(_ elements: [String]) -> Tensor {
  stated { try Tensor(shape: [elements.count], kind: .string, elements: .text(elements.map { Array($0.utf8) })) }
}

/// A tensor of any kind of number.
func numbers(_ kind: ElementType, _ elements: [Double], _ shape: [Int]? = nil) -> Tensor {
  let shape = shape ?? [elements.count]
  return stated {
    try kind.isReal
      ? Tensor(shape, kind, reals: elements) : Tensor(shape, kind, integers: elements.map { Int64($0) })
  }
}

/// Zeros of `float32`.
func zeros(_ shape: [Int]) -> Tensor { reals(Array(repeating: 0, count: shape.reduce(1, *)), shape) }

extension ElementType {
  /// The number that stands for the kind in a file.
  var number: Int { (1...28).first { DataType(rawValue: $0).name == rawValue } ?? 0 }
}
