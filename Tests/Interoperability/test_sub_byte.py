"""Weights of elements of less than a byte: what a fold writes is packed as the format asks, and runtimes load it."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto
from onnx.reference import ReferenceEvaluator

from builders import Graph
from command import fuse
from oracles import deviation, session_options

# The type, the bits of an element, the first opset that dequantizes it.
TYPES = {
    "int4": (TensorProto.INT4, 4, 21),
    "uint4": (TensorProto.UINT4, 4, 21),
    "float4e2m1": (TensorProto.FLOAT4E2M1, 4, 23),
    "int2": (TensorProto.INT2, 2, 25),
    "uint2": (TensorProto.UINT2, 2, 25),
}
ZERO = {"int4": 3, "uint4": 9, "int2": 1, "uint2": 2, "float4e2m1": 0}


def packed(patterns, bits):
    """The bytes of elements, of which each pattern has the lowest bits, the first in the lowest bits of a byte."""
    result = np.zeros(-(-len(patterns) * bits // 8), np.uint8)
    for index, pattern in enumerate(patterns):
        result[index * bits // 8] |= pattern << (index * bits % 8)
    return result.tobytes()


def stored(name, kind, shape, patterns, typed):
    element, bits, _ = TYPES[kind]
    tensor = TensorProto(name=name, data_type=element, dims=shape)
    data = packed([int(p) & (1 << bits) - 1 for p in patterns], bits)
    if typed:
        tensor.int32_data.extend(data)
    else:
        tensor.raw_data = data
    return tensor


def model(kind, channels, zero=True, typed=False, scale="tensor", operator="Conv"):
    """A Conv or a MatMul of 3 input channels with a dequantized weight, and a norm of positive scales behind it."""
    _, bits, opset = TYPES[kind]
    graph = Graph(opset=opset)
    random = np.random.default_rng(channels)
    matrix = operator == "MatMul"
    shape = [4, channels] if matrix else [channels, 3, 1, 1]
    axis = 1 if matrix else 0
    graph.input("x", [2, 4] if matrix else [1, 3, 5, 5])
    patterns = random.integers(0, 1 << bits, int(np.prod(shape)))
    graph.proto.initializer.append(stored("q", kind, shape, patterns, typed))
    scales = {"tensor": [], "channel": [channels], "block": [2, channels]}[scale]
    graph.initializer("s", random.uniform(0.05, 0.2, scales).astype(np.float32))
    inputs = ["q", "s"]
    if zero:
        count = int(np.prod(scales))
        graph.proto.initializer.append(stored("z", kind, scales, [ZERO[kind]] * count, typed))
        inputs.append("z")
    attributes = {} if scale == "tensor" else {"axis": 0 if scale == "block" else axis}
    attributes |= {"block_size": 2} if scale == "block" else {}
    graph.node("DequantizeLinear", inputs, "w", **attributes)
    graph.node(operator, ["x", "w"], "c")
    graph.norm("c", "y", channels, gamma=random.uniform(0.5, 1.5, channels))
    graph.output("y", [None] * len(shape))
    return graph.model(ir={21: 10, 23: 11, 25: 13}[opset])


def result(message):
    """What onnxruntime makes of a model, or onnx's own evaluator of types that onnxruntime lacks."""
    feeds = {
        value.name: np.random.default_rng(1).uniform(-1, 1, [d.dim_value for d in value.type.tensor_type.shape.dim])
        .astype(np.float32)
        for value in message.graph.input
    }  # fmt: skip
    onnx.checker.check_model(message)
    try:
        session = onnxruntime.InferenceSession(
            message.SerializeToString(), session_options(), providers=["CPUExecutionProvider"])
        return "onnxruntime", session.run(None, feeds)[0]
    except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented:
        return "reference", ReferenceEvaluator(message).run(None, feeds)[0]


def assert_fused(message):
    fused = fuse(message, "--check", proved=False)
    assert fused.exit == 0 and fused.report["summary"]["folded"] == 1
    assert fused.report["check"]["verdict"] == "equivalent"
    evaluator, expected = result(message)
    assert result(fused.model)[0] == evaluator, "another evaluator has to run the fused model"
    assert deviation(expected, result(fused.model)[1]) <= 1e-5
    return {tensor.name: tensor for tensor in fused.model.graph.initializer}


@pytest.mark.parametrize("typed", [False, True], ids=["raw", "typed"])
@pytest.mark.parametrize("channels", [1, 3, 4, 5, 9])
@pytest.mark.parametrize("kind", TYPES)
def test_one_zero_point_becomes_one_for_each_channel_packed(kind, channels, typed):
    tensors = assert_fused(model(kind, channels, typed=typed))
    spread = tensors["z_folded"]
    _, bits, _ = TYPES[kind]
    assert list(spread.dims) == [channels] and spread.raw_data == packed([ZERO[kind]] * channels, bits)
    assert list(tensors["s_folded"].dims) == [channels]


@pytest.mark.parametrize("scale", ["channel", "block"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("kind", TYPES)
def test_zero_points_of_channels_and_blocks_stay(kind, channels, scale):
    message = model(kind, channels, scale=scale, operator="MatMul" if scale == "block" else "Conv")
    tensors = assert_fused(message)
    before = {tensor.name: tensor for tensor in message.graph.initializer}
    assert tensors["z"] == before["z"] and tensors["q"] == before["q"]


@pytest.mark.parametrize("kind", TYPES)
def test_without_a_zero_point_only_scales_are_written(kind):
    tensors = assert_fused(model(kind, 3, zero=False))
    assert not [name for name in tensors if name.startswith("z")] and list(tensors["s_folded"].dims) == [3]


@pytest.mark.parametrize("width", [np.int8, np.uint8, np.int16, np.uint16])
@pytest.mark.parametrize("typed", [False, True], ids=["raw", "typed"])
def test_wider_zero_points_are_spread_whole(width, typed):
    graph = Graph(opset=21, typed=typed)
    graph.input("x", [1, 3, 5, 5])
    graph.initializer("q", np.random.default_rng(2).integers(0, 100, [3, 3, 1, 1]).astype(width))
    graph.initializer("s", np.float32(0.1))
    graph.initializer("z", width(77))
    graph.node("DequantizeLinear", ["q", "s", "z"], "w")
    graph.node("Conv", ["x", "w"], "c")
    graph.norm("c", "y", 3, gamma=[0.5, 1, 1.5])
    graph.output("y", [None] * 4)
    tensors = assert_fused(graph.model(ir=10))
    assert np.array_equal(onnx.numpy_helper.to_array(tensors["z_folded"]), np.full(3, 77, width))
