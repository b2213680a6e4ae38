"""Conv and ConvTranspose followed by a norm, in every dimension, grouping and kind of bias."""

import numpy as np
import pytest

from builders import Graph, conv_norm, find
from command import fuse
from judge import assert_unchanged, judge

SIDES = {1: [9], 2: [6, 5], 3: [4, 5, 3]}
KERNELS = {1: [3], 2: [3, 2], 3: [2, 3, 1]}
GROUPS = {"plain": (6, 4, 1), "grouped": (6, 4, 2), "depthwise": (4, 4, 4), "multiplier": (3, 6, 3)}


def convolution(dimensions, grouping, bias, transposed=False, opset=17, dtype="float32", **attributes):
    """x → operator → norm → y; `bias` is "none", "given" or "empty"."""
    inputs, outputs, groups = GROUPS[grouping]
    graph = Graph(opset=opset, dtype=dtype, seed=dimensions)
    graph.input("x", [2, inputs, *SIDES[dimensions]])
    shape = [inputs, outputs // groups] if transposed else [outputs, inputs // groups]
    graph.weight("w", shape + KERNELS[dimensions])
    name = {"none": None, "given": "b", "empty": ""}[bias]
    if bias == "given":
        graph.weight("b", [outputs])
    graph.convolution("x", "c", "w", name, name="operator", transposed=transposed, group=groups, **attributes)
    graph.norm("c", "y", outputs)
    graph.output("y", [2, outputs] + [None] * dimensions)
    return graph.model()


@pytest.mark.parametrize("bias", ["none", "given", "empty"])
@pytest.mark.parametrize("grouping", GROUPS)
@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("transposed", [False, True], ids=["Conv", "ConvTranspose"])
def test_folds_into_a_convolution(transposed, dimensions, grouping, bias):
    model = convolution(dimensions, grouping, bias, transposed)
    result = fuse(model)
    judge(model, result, folded=1, declined=[])
    assert [n.name for n in result.model.graph.node] == ["operator"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"strides": [2, 1], "pads": [1, 0, 2, 1]},
        {"dilations": [2, 2], "pads": [1, 1, 1, 1]},
        {"strides": [2, 3], "dilations": [1, 2], "pads": [2, 2, 0, 1]},
    ],
)
@pytest.mark.parametrize("grouping", ["plain", "grouped"])
@pytest.mark.parametrize("transposed", [False, True], ids=["Conv", "ConvTranspose"])
def test_geometry_does_not_matter(transposed, grouping, attributes):
    model = convolution(2, grouping, "given", transposed, **attributes)
    judge(model, fuse(model), folded=1)


def test_output_padding_of_a_transposed_convolution_keeps_the_shift_everywhere():
    model = convolution(2, "grouped", "none", transposed=True, strides=[2, 2], output_padding=[1, 1])
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID"])
def test_automatic_padding_does_not_matter(auto_pad):
    graph = Graph(seed=3)
    graph.input("x", [1, 3, 7, 7])
    graph.weight("w", [4, 3, 3, 3])
    graph.convolution("x", "c", "w", auto_pad=auto_pad, strides=[2, 2])
    graph.norm("c", "y", 4)
    graph.output("y", [1, 4, None, None])
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=1)
    assert "onnxruntime" in result.oracles


def test_unknown_batch_and_sizes_do_not_matter():
    graph = Graph()
    graph.input("x", ["batch", 3, "height", "width"])
    graph.weight("w", [4, 3, 3, 3])
    graph.convolution("x", "c", "w")
    graph.norm("c", "y", 4)
    graph.output("y", ["batch", 4, "h", "w"])
    model = graph.model()
    judge(model, fuse(model), folded=1, feeds={"x": graph.array([3, 3, 5, 8])})


def test_a_model_without_any_shape_information_folds():
    """Nothing but the graph input has a shape, and its spatial sizes are unknown: no shape inference is needed."""
    graph = Graph()
    graph.input("x", [None, None, None, None])
    graph.weight("w1", [4, 3, 3, 3])
    graph.weight("w2", [4, 4, 3, 3])
    graph.convolution("x", "c1", "w1", pads=[1, 1, 1, 1])
    graph.norm("c1", "n1", 4)
    graph.relu("n1", "r1")
    graph.convolution("r1", "c2", "w2")
    graph.norm("c2", "y", 4)
    graph.output("y")
    model = graph.model()
    judge(model, fuse(model), folded=2, feeds={"x": graph.array([1, 3, 6, 6])})


def test_a_padded_producer_before_the_operator_stays():
    graph = Graph()
    graph.input("x", [1, 3, 6, 6])
    graph.weight("w", [4, 3, 3, 3])
    graph.initializer("pads", np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64))
    graph.node("Pad", ["x", "pads"], "p")
    graph.convolution("p", "c", "w")
    graph.norm("c", "y", 4)
    graph.output("y", [1, 4, 6, 6])
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=1)
    assert [n.op_type for n in result.model.graph.node] == ["Pad", "Conv"]


def test_two_norms_in_a_row_of_operators_both_fold():
    """Conv → BN → ReLU → Conv → BN: the second norm is not blocked by the first one's constants."""
    graph = Graph()
    graph.input("x", [1, 3, 8, 8])
    value = "x"
    for i, inputs in enumerate([3, 4, 5]):
        graph.weight(f"w{i}", [inputs + 1, inputs, 3, 3])
        graph.convolution(value, f"c{i}", f"w{i}")
        graph.norm(f"c{i}", f"n{i}", inputs + 1)
        value = graph.relu(f"n{i}", f"r{i}")
    graph.output(value, [1, 6, 2, 2])
    model = graph.model()
    judge(model, fuse(model), folded=3, declined=[])


def test_zero_images_and_one_channel():
    model = conv_norm(channels=1)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "n"
    model.graph.output[0].type.tensor_type.shape.dim[0].dim_param = "n"
    judge(model, fuse(model), folded=1, feeds={"x": np.zeros([0, 3, 6, 6], np.float32)}, oracles=())


def test_the_fused_operator_writes_the_output_of_the_norm_under_its_own_name():
    model = conv_norm()
    result = fuse(model)
    node = find(result.model, "y")
    assert (node.op_type, node.name) == ("Conv", "conv")
    (fold,) = result.report["folds"]
    assert fold["batchNorm"] == "y" and fold["node"] == "bn" and fold["direction"] == "backward"
    (into,) = fold["into"]
    assert (into["operator"], into["node"], into["role"]) == ("Conv", "conv", "both")
    assert fold["channels"] == 4 and fold["through"] == []


@pytest.mark.parametrize("operator", ["Relu", "Sigmoid", "Neg", "MaxPool", "LeakyRelu"])
def test_another_operator_between_is_no_linear_producer(operator):
    graph = Graph()
    graph.input("x", [1, 4, 6, 6])
    graph.weight("w", [4, 4, 3, 3])
    graph.convolution("x", "c", "w")
    extra = {"kernel_shape": [2, 2]} if operator.endswith("Pool") else {}
    graph.node(operator, ["c"], "r", **extra)
    graph.norm("r", "y", 4)
    graph.output("y", [1, 4, None, None])
    model = graph.model()
    assert_unchanged(model, fuse(model), "no-linear-producer", runs=operator == "Relu")
