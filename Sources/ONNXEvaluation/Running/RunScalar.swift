import NumericKernels
import Tensors

/// What a run computes in: `Float` or `Double`.
typealias RunScalar = Scalar & TensorScalar
