"""Old operator sets and awkward files: what is foldable in them folds, and what must not be touched is not."""

import numpy as np
import onnx
import pytest
from onnx import helper

from builders import Graph, find, tensor, value_info
from command import fuse
from flow import Flow, k
from surroundings import READERS, assert_case, case

C = 4


def block(opset=17, **options):
    return Flow((2, 3, 6, 6), opset=opset, **options).conv(C, 3)


def pixel(opset, size=(C, 1, 1), image=1, spatial=0):
    """A norm with parameters for each place, on an image of one pixel."""
    flow = Flow((2, 3, image, image), opset=opset).conv(C, 1)
    given = {kind: flow.array(size, low=0.5, high=2) for kind in ("gamma", "beta", "mean", "variance")}
    return flow.bn(attributes={"spatial": spatial}, **given).done(rank=4, ir=3)


def without_shapes(model):
    """The model without any shape but the number of axes its input has, or not even that."""
    del model.graph.value_info[:]
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.ClearField("shape")
    return model


def unnamed(name):
    model = two_layers()
    for node in model.graph.node:
        node.name = name
    return model


def two_layers():
    return block().bn().step("Relu").conv(C, 1).bn().done()


def renamed_values(pattern):
    """Every value has a name by a pattern."""
    model = two_layers()
    names = {}
    rename = lambda name: names.setdefault(name, pattern.format(len(names))) if name else name  # noqa: E731
    for node in model.graph.node:
        node.input[:] = [rename(name) for name in node.input]
        node.output[:] = [rename(name) for name in node.output]
    for value in [*model.graph.initializer, *model.graph.input, *model.graph.output]:
        value.name = rename(value.name)
    return model


def initializer_as_output(name):
    flow = Flow((2, 3, 6, 6))
    flow.weight("w", [C, 3, 3, 3])
    flow.weight("b", [C])
    flow.at(flow.convolution("x", "c", "w", "b"), C)
    flow.norm("c", "y", C)
    model = flow.at("y").done()
    model.graph.output.append(value_info(name, list(tensor(model, name).shape)))
    return model


def shared_parameters(same_convolution=False):
    flow = Flow((2, 3, 6, 6))
    names = flow.norm_parameters("shared", C)
    given = dict(zip(("gamma", "beta", "mean", "variance"), names))
    ends, conv = [], None
    for _ in range(3):
        conv = flow.at("x", 3).conv(C, 3).value if conv is None or not same_convolution else conv
        ends.append(flow.at(conv, C).bn(**given).value)
    return flow.done(*ends)


def bias_is_beta():
    flow = Flow((2, 3, 6, 6))
    flow.weight("w", [C, 3, 3, 3])
    flow.weight("both", [C])
    flow.at(flow.convolution("x", "c", "w", "both"), C)
    return flow.bn(beta="both").done()


def gamma_is_variance():
    flow = block()
    flow.initializer("both", flow.array([C], low=0.5, high=2))
    return flow.bn(gamma="both", variance="both", mean="both").done()


def capturing(shadow):
    """A body that reads the norm's weight, or has a value of its own with the same name as the convolution's output."""
    flow = Flow((2, 3, 6, 6))
    flow.weight("w", [C, 3, 1, 1])
    flow.input("which", [], "bool")
    flow.convolution("x", "c", "w")
    flow.norm("c", "y", C)
    bodies = {}
    for name in ("then_branch", "else_branch"):
        body = Graph(name=name, seed=6)
        inner = "c" if shadow else f"{name}_c"
        body.convolution("x", inner, "w")
        body.output(body.relu(inner, f"{name}_r"), [2, C, 6, 6])
        bodies[name] = body.proto
    flow.node("If", ["which"], "z", **bodies)
    return flow.at("y").done("y", "z")


def training(outputs):
    flow = block()
    flow.norm(flow.value, "y", C, outputs=outputs, attributes={"training_mode": 1})
    return flow.at("y").done(rank=4)


def sparse_weight():
    """The weight is stored as its few elements that are not 0."""
    dense = np.zeros([C, 3, 1, 1], np.float32)
    dense.reshape(-1)[[1, 5, 6, 11]] = [1, -2, 3, 4]
    flow = Flow((2, 3, 4, 4))
    values = onnx.numpy_helper.from_array(dense.reshape(-1)[[1, 5, 6, 11]], "w")
    places = onnx.numpy_helper.from_array(np.array([1, 5, 6, 11]), "places")
    flow.proto.sparse_initializer.append(helper.make_sparse_tensor(values, places, list(dense.shape)))
    return flow.at(flow.node("Conv", ["x", "w"], "c"), C).bn().done(rank=4)


def two_layers_of(ir):
    return block(opset=8).bn().step("Relu").conv(C, 1).bn().done(ir=ir)


def empty_matrix():
    flow = Flow((2, 0))
    flow.at(flow.node("Gemm", ["x", flow.constant(np.zeros([0, C])), flow.constant(k(C))], "c"), C)
    return flow.bn().done()


FOLDING = [
    *(case(f"a norm of opset {opset} behind Identity and Add", lambda o=opset: block(o).step("Identity").step(
        "Add", k(C), broadcast=1, axis=1).bn().done(rank=4, ir=3), 1, affine=1, becomes="Conv") for opset in (1, 5, 6)),
    *(case(f"a norm of opset {opset} behind Identity and Add", lambda o=opset: block(o).step("Identity").step(
        "Add", k(C, 1, 1)).bn().done(ir=3), 1, affine=1, becomes="Conv") for opset in (7, 8)),
    *(case(f"Mul of opset {opset} along axis 1", lambda o=opset: block(o).step("Mul", k(C), broadcast=1, axis=1).bn()
           .done(rank=4), 1, affine=1, becomes="Conv") for opset in (1, 6)),
    *(case(f"a norm for each place of one pixel, opset {opset}", lambda o=opset: pixel(o), 1, becomes="Conv",
           oracles=("own",)) for opset in (6, 7, 8)),
    case("all initializers are inputs", lambda: two_layers_of(3), 2, becomes="Conv Relu Conv"),
    case("nodes without names", lambda: unnamed(""), 2, becomes="Conv Relu Conv"),
    case("nodes that share one name", lambda: unnamed("node"), 2, becomes="Conv Relu Conv"),
    case("names of other scripts", lambda: renamed_values("層/畳み込み:{} é🙂"), 2, becomes="Conv Relu Conv"),
    case("names that look like numbers", lambda: renamed_values("{}"), 2, becomes="Conv Relu Conv"),
    case("names with spaces and control characters", lambda: renamed_values(" \t{}\n"), 2, becomes="Conv Relu Conv"),
    case("a weight that is an output", lambda: initializer_as_output("w"), 1, becomes="Conv"),
    case("a bias that is an output", lambda: initializer_as_output("b"), 1, becomes="Conv"),
    case("a gamma that is an output", lambda: initializer_as_output("y_gamma"), 1, becomes="Conv"),
    case("norms that share all their parameters", shared_parameters, 3, becomes="Conv Conv Conv"),
    case("a bias that is the norm's beta", bias_is_beta, 1, becomes="Conv"),
    case("a gamma that is the variance and the mean", gamma_is_variance, 1, becomes="Conv"),
    case("no shapes at all", lambda: without_shapes(two_layers()), 2, becomes="Conv Relu Conv",
         feeds={"x": np.random.default_rng(1).random((2, 3, 6, 6), np.float32)}),
    case("a MatMul, whose rank no shape tells", lambda: without_shapes(Flow((C, 3)).matmul(C).bn().done()), 0,
         "rank-unknown", feeds={"x": np.ones((C, 3), np.float32)}),
    case("symbolic sizes", lambda: Flow(("N", 3, "H", "W")).conv(C, 3).step("MaxPool", kernel_shape=[2, 2])
         .bn(scales="positive").done(), 1, becomes="Conv MaxPool", sizes={"H": 6, "W": 6}),
    case("an empty batch", lambda: Flow((0, 3, 6, 6)).conv(C, 3).step("GlobalAveragePool").step("Flatten").bn().done(),
         1, becomes="Conv GlobalAveragePool Flatten", oracles=("onnxruntime",)),
    case("a matrix without rows", empty_matrix, 1,
         becomes="Gemm", oracles=("own",)),
    case("a body reads the weight", lambda: capturing(False), 1, oracles=("own", "onnxruntime")),
    case("a body reads the weight and shadows the convolution's output", lambda: capturing(True), 1, oracles=("own",)),
    case("a sparse weight", sparse_weight, 1, becomes="Conv",
         oracles=("own",)),
]  # fmt: skip

STAYING = [
    case("a norm for each place of four pixels", lambda: pixel(7, (C, 2, 2), 2), 0, "non-spatial", oracles=("own",)),
    case("Mul of opset 6 along axis 2", lambda: block(6).step("Mul", k(C), broadcast=1, axis=2).bn().done(rank=4), 0,
         frozenset({"no-linear-producer", "channel-axis-differs"}), affine=0),
    case("Mul of opset 6 without an axis", lambda: block(6).step("Mul", k(C), broadcast=1).bn().done(rank=4), 0,
         frozenset({"no-linear-producer", "channel-axis-differs"}), affine=0, oracles=("own",)),
    case("norms that share their parameters and their convolution", lambda: shared_parameters(True), 3,
         otherwise=(READERS, READERS, READERS)),
    *(case(f"training, outputs {outputs}", lambda o=outputs: training(o), 0, "training-mode", oracles=())
      for outputs in (["y", "m", "v"], ["y", "", ""], ["y"])),
]  # fmt: skip


@pytest.mark.parametrize("expected", FOLDING, ids=str)
def test_what_folds_in_awkward_files(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", STAYING, ids=str)
def test_what_stays_in_awkward_files(expected):
    assert_case(expected)


def test_an_initializer_that_is_an_output_keeps_its_elements():
    model = initializer_as_output("w")
    result = fuse(model, proved=False)
    assert np.array_equal(tensor(result.model, "w"), tensor(model, "w"))
    assert find(result.model, "y").input[1] != "w"
