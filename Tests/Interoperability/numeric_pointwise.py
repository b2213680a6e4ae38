"""The float64 evaluation of what computes each element by itself, and of stored integers that stand for weights."""

import numpy as np
from onnx import helper


def clip(opset, x, low=None, high=None, **attributes):
    low, high = (attributes.get(name) if given is None else given for name, given in (("min", low), ("max", high)))
    return [np.clip(x, low, high)]


def leaky(opset, x, alpha=0.01):
    return [np.where(x < 0, alpha * x, x)]


def prelu(opset, x, slope):
    return [np.where(x < 0, slope * x, x)]


def hard_sigmoid(x, alpha=0.2, beta=0.5):
    return np.clip(alpha * x + beta, 0, 1)


def dequantize(opset, x, scale, zero=None, axis=1, block_size=0, **attributes):
    """Scales of a block along an axis are repeated, scales of an axis broadcast along it."""
    if block_size:
        scale, zero = (v if v is None else np.repeat(v, block_size, axis) for v in (scale, zero))
    elif np.ndim(scale) == 1:
        shape = [-1 if i == axis % x.ndim else 1 for i in range(x.ndim)]
        scale, zero = (v if v is None else v.reshape(shape) for v in (scale, zero))
    return [(x.astype(np.float64) - (0 if zero is None else zero.astype(np.float64))) * scale]


def cast(opset, x, to, **attributes):
    made = x.astype(helper.tensor_dtype_to_np_dtype(to))
    return [made if made.dtype.kind in "iub" else made.astype(np.float64)]


OPERATORS = {
    "Cast": cast,
    "Clip": clip, "LeakyRelu": leaky, "PRelu": prelu, "DequantizeLinear": dequantize,
    "Sigmoid": lambda opset, x: [1 / (1 + np.exp(-x))],
    "HardSigmoid": lambda opset, x, **attributes: [hard_sigmoid(x, **attributes)],
    "HardSwish": lambda opset, x: [x * hard_sigmoid(x, 1 / 6)],
    "Tanh": lambda opset, x: [np.tanh(x)],
    "Abs": lambda opset, x: [np.abs(x)],
    "Neg": lambda opset, x: [-x],
    "Sum": lambda opset, *inputs: [sum(inputs)],
    "Shape": lambda opset, x: [np.array(x.shape, np.int64)],
}  # fmt: skip
