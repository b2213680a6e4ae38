"""What other tools have got wrong: cases that look foldable, and are not, or not so."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from builders import Graph, conv_norm, find, norms, operators, tensor
from command import fuse
from judge import assert_unchanged, judge
from oracles import assert_equivalent, check, feeds_for

CHANNELS = 4


def between(operators_between, size=None, opset=17, inputs=(1, 3, 6, 6)):
    """Conv → the given nodes → norm, on an image as wide and high as there are channels."""
    graph = Graph(opset=opset, seed=8)
    graph.input("x", list(inputs))
    graph.weight("w", [CHANNELS, 3, 3, 3])
    value = graph.convolution("x", "c", "w")
    for i, (operator, extra, attributes) in enumerate(operators_between):
        names = []
        for j, constant in enumerate(extra):
            names.append(value if constant is None else graph.initializer(f"k{i}_{j}", np.asarray(constant)))
        value = graph.node(operator, names, f"v{i}", **attributes)
    graph.norm(value, "y", CHANNELS)
    graph.output("y", size or [None] * 4)
    return graph.model()


INT = np.int64
OTHERS = {
    "Transpose of channels and height": [("Transpose", [None], {"perm": [0, 2, 1, 3]})],
    "Transpose of channels and width": [("Transpose", [None], {"perm": [0, 3, 2, 1]})],
    "Reshape that moves channels": [("Reshape", [None, np.array([1, 4, 2, 8], INT)], {})],
    "Slice that turns channels round": [("Slice", [None, *(np.array([v], INT) for v in (3, -9, 1, -1))], {})],
    "Pad": [("Pad", [None, np.array([0, 0, 1, 1, 0, 0, 1, 1], INT)], {})],
    "AveragePool": [("AveragePool", [None], {"kernel_shape": [2, 2]})],
    "GlobalAveragePool and Flatten": [("GlobalAveragePool", [None], {}), ("Flatten", [None], {})],
    "Cast there and back": [("Cast", [None], {"to": TensorProto.FLOAT16}), ("Cast", [None], {"to": TensorProto.FLOAT})],
    "MaxPool": [("MaxPool", [None], {"kernel_shape": [2, 2]})],
    "Clip": [("Clip", [None, np.float32(-1), np.float32(1)], {})],
    "DepthToSpace and back": [
        ("DepthToSpace", [None], {"blocksize": 2}), ("SpaceToDepth", [None], {"blocksize": 2}),
    ],
    "Softmax over channels": [("Softmax", [None], {"axis": 1})],
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_the_outputs_are_the_same_whatever_lies_between(name):
    model = between(OTHERS[name], [None] * (2 if "Flatten" in name else 4))
    result = fuse(model)
    assert result.exit == 0
    check(result.model, like=model)
    assert_equivalent(model, result.model)
    if result.report["summary"]["folded"] == 0:
        assert_unchanged(model, result, {"no-linear-producer", "channel-axis-differs", "padding-with-shift", "type-mismatch"})


SHAPES = [[4], [1, 4], [4, 1], [1, 1, 1, 4], [1, 1, 4, 1], [4, 1, 1, 1], [4, 4], [1, 1, 4, 1, 1]]


@pytest.mark.parametrize("first", [False, True], ids=["constant second", "constant first"])
@pytest.mark.parametrize("operator", ["Mul", "Div"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_constant_whose_length_only_coincides_with_the_channels_is_left_alone(shape, operator, first):
    """The image is 4 by 4, and there are 4 channels."""
    value = np.random.default_rng(2).uniform(0.5, 2, shape).astype(np.float32)
    model = between([(operator, [value, None] if first else [None, value], {})], [None] * max(4, len(shape)))
    if len(shape) == 5:  # the norm's axis 1 is then the batch of 1
        for name in ("gamma", "beta", "mean", "variance"):
            next(t for t in model.graph.initializer if t.name == f"y_{name}").CopyFrom(
                helper.make_tensor(f"y_{name}", TensorProto.FLOAT, [1], [0.5])
            )
    assert_unchanged(model, fuse(model), {"no-linear-producer", "channel-axis-differs"}, runs=True)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("operator", ["Mul", "Add", "Sub", "Div"])
def test_a_model_without_norms_but_with_such_a_constant_stays(operator, shape):
    graph = Graph(seed=8)
    graph.input("x", [1, 3, 6, 6])
    graph.weight("w", [CHANNELS, 3, 3, 3])
    graph.convolution("x", "c", "w")
    graph.initializer("k", graph.array(shape, low=0.5, high=2))
    graph.node(operator, ["c", "k"], "y")
    graph.output("y", [None] * max(4, len(shape)))
    model = graph.model()
    assert_unchanged(model, fuse(model), runs=True)


@pytest.mark.parametrize("operator", ["Div", "Sub"])
def test_a_constant_divided_by_or_less_the_activation_is_right_either_way(operator):
    """`constant / conv` is no affine map; `constant − conv` is one with a negated scale."""
    value = np.full([4, 1, 1], 2, np.float32)
    model = between([(operator, [value, None], {})])
    result = fuse(model)
    assert_equivalent(model, result.model, {"x": np.abs(feeds_for(model)["x"]) + 1})


def test_of_a_pre_activation_block_only_the_second_norm_folds_backward():
    """BN → ReLU → Conv → BN: the first norm has no operator before it."""
    graph = Graph()
    graph.input("x", [1, 3, 6, 6])
    graph.norm("x", "n1", 3)
    graph.relu("n1", "r")
    graph.weight("w", [4, 3, 3, 3])
    graph.convolution("r", "c", "w", pads=[1, 1, 1, 1])
    graph.norm("c", "y", 4)
    graph.output("y", [1, 4, 6, 6])
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=1, declined=["no-linear-producer"])
    assert norms(result.model) == ["n1"]


def test_a_weight_through_reshape_or_transpose_is_right_either_way():
    for operator, attributes in (("Reshape", {}), ("Transpose", {"perm": [1, 0, 2, 3]})):
        graph = Graph()
        graph.input("x", [1, 4, 3, 3])
        graph.weight("source", [4, 4, 1, 1])
        extra = [graph.initializer("shape", np.array([4, 4, 1, 1]))] if operator == "Reshape" else []
        graph.node(operator, ["source", *extra], "w", **attributes)
        graph.convolution("x", "c", "w")
        graph.norm("c", "y", 4)
        graph.output("y", [1, 4, 3, 3])
        model = graph.model()
        result = fuse(model)
        check(result.model, like=model)
        assert_equivalent(model, result.model)


def test_half_precision_data_with_wide_parameters_stays_half_precision():
    wide = dict.fromkeys(("gamma", "beta", "mean", "variance"), "float32")
    model = conv_norm(opset=15, dtype="float16", dtypes=wide, bias=False)
    result = fuse(model)
    judge(model, result, folded=1)
    for name in find(result.model, "y").input[1:]:
        assert tensor(result.model, name).dtype == np.float16


def test_the_bias_is_multiplied_by_the_scale_too():
    """With a constant weight of zero only the bias is left to see."""
    model = conv_norm()
    weight = model.graph.initializer[0]
    weight.raw_data = bytes(len(weight.raw_data))
    judge(model, fuse(model), folded=1)


def test_grouped_and_transposed_weights_are_scaled_along_the_right_axis():
    """Each channel's scale is a power of ten, so that a wrong one cannot be missed."""
    for groups in (1, 2, 3, 6):
        graph = Graph(seed=groups)
        graph.input("x", [1, 6, 3, 3])
        graph.initializer("w", np.ones([6, 12 // groups, 2, 2], np.float32))
        graph.convolution("x", "c", "w", transposed=True, group=groups)
        gamma = 10.0 ** np.arange(-6, 6)
        graph.norm("c", "y", 12, gamma=gamma, variance=np.ones(12), epsilon=0.0)
        graph.output("y", [1, 12, 4, 4])
        model = graph.model()
        result = fuse(model)
        judge(model, result, folded=1)
        assert operators(result.model) == ["ConvTranspose"]


def test_an_operator_that_reads_the_same_value_twice_is_left_alone():
    graph = Graph()
    graph.input("x", [3, 3])
    graph.node("MatMul", ["x", "x"], "c")
    graph.norm("c", "y", 3)
    graph.output("y", [3, 3])
    model = graph.model()
    assert_unchanged(model, fuse(model), {"weight-not-constant", "no-linear-producer"}, runs=True)


def test_an_add_of_an_activation_to_itself_is_no_bias():
    graph = Graph()
    graph.input("x", [1, 3, 4, 4])
    graph.weight("w", [4, 3, 1, 1])
    graph.convolution("x", "c", "w")
    graph.node("Add", ["c", "c"], "s")
    graph.norm("s", "y", 4)
    graph.output("y", [1, 4, 4, 4])
    model = graph.model()
    codes = {"no-linear-producer", "bias-not-constant", "activation-shared"}
    assert_unchanged(model, fuse(model), codes, runs=True)


def test_a_convolution_with_a_constant_image_has_no_constant_weight():
    graph = Graph()
    graph.weight("image", [1, 3, 4, 4])
    graph.input("x", [4, 3, 1, 1])
    graph.convolution("image", "c", "x")
    graph.norm("c", "y", 4)
    graph.output("y", [1, 4, 4, 4])
    model = graph.model()
    assert_unchanged(model, fuse(model), "weight-not-constant", runs=True)
