"""Norms of what is known before anything runs: what they make of it is stored in their place."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from builders import Graph
from command import fuse, run
from flow import Flow, ints, k
from surroundings import NOWHERE, assert_case, case
from test_surroundings_functions import calling, function

C = 4
FIELD = k(1, C, 6, 6)


def beside(known, *, channels=C, options=None, norm=None, **fields):
    """A value that `known` makes of constants, then a norm, and what it makes is added to the input's Relu."""
    flow = Flow((2, channels, 6, 6), **(options or {})).step("Relu")
    value = flow.value
    known(flow)
    flow.bn(channels, **(norm or {}))
    return flow.step("Add", value).done(rank=4, **fields)


def stored(flow):
    flow.at(flow.constant(FIELD))


def node(flow):
    flow.at(flow.node("Constant", [], "stored", value=numpy_helper.from_array(FIELD.astype(np.float32))))


def repeated(flow, *shape):
    value = numpy_helper.from_array(np.array([1.5], np.float32))
    flow.at(flow.constant(ints(*shape))).step("ConstantOfShape", value=value)


def made(*steps):
    """What operators make of the stored constant, one after the other."""

    def build(flow):
        stored(flow)
        for operator, *operands in steps:
            attributes = operands.pop() if operands and isinstance(operands[-1], dict) else {}
            flow.step(operator, *operands, **attributes)

    return build


def chain():
    """Two norms one after the other, with an activation between them that no fold passes."""
    flow = Flow((2, C, 6, 6))
    flow.at(flow.constant(FIELD), C).bn().bn().step("Sigmoid").bn()
    return flow.step("Add", "x").done()


def output(**fields):
    flow = Flow((2, C, 6, 6)).step("Relu")
    value = flow.value
    return flow.at(flow.constant(FIELD), C).bn().done(value, flow.value, **fields)


def two_readers():
    """The constant is the input of another operator too, and so is what the norm makes of it."""
    flow = Flow((2, C, 6, 6))
    constant = flow.constant(FIELD)
    norm = flow.at(constant, C).bn().value
    first = flow.at("x").step("Mul", constant).value
    return flow.at(norm).step("Tanh").step("Add", norm).step("Add", first).done()


def under_a_norm():
    """What the norm makes is added to a Conv's, before another norm: both go, and the sum with them."""
    flow = Flow((2, 3, 6, 6)).conv(C, 1)
    value = flow.value
    flow.at(flow.constant(k(1, C, 1, 1)), C).bn()
    return flow.step("Add", value).bn().done()


def behind_a_conv():
    """A Conv of a constant takes the norm in, as any other does."""
    flow = Flow((2, C, 6, 6))
    flow.at(flow.constant(k(1, 3, 6, 6)), 3).conv(C, 1).bn()
    return flow.step("Add", "x").done()


def as_weight():
    """A Conv's weight is what a norm makes, whose channels are the Conv's inputs; then a norm of the Conv."""
    flow = Flow((2, 3, 6, 6))
    weight = flow.at(flow.constant(k(C, 3, 3, 3)), 3).bn().value
    return flow.at("x", 3).at(flow.node("Conv", ["x", weight], "c"), C).bn().done()


def in_a_branch():
    flow = Flow((2, C, 6, 6))
    flow.input("which", [], "bool")
    flow.initializer("outer", FIELD.astype(np.float32))
    bodies = {}
    for name in ("then", "else"):
        body = Graph(seed=3)
        body.norm("outer", f"{name}_n", C)
        body.node("Mul", ["x", f"{name}_n"], f"{name}_y")
        body.output(f"{name}_y")
        bodies[f"{name}_branch"] = body.proto
    return flow.at(flow.node("If", ["which"], "z", **bodies)).done(rank=4)


def in_a_function():
    def build(graph):
        graph.initializer("fk", FIELD[..., :3, :3].astype(np.float32))
        graph.norm("fk", "fn", C)
        graph.node("Mul", ["fx", "fn"], "fy")

    return calling([function("Block", build)], ("Block",))


def overridable():
    """A caller may give another constant."""
    model = beside(stored)
    name = next(n.input[0] for n in model.graph.node if n.op_type == "BatchNormalization")
    model.graph.input.append(onnx.helper.make_tensor_value_info(name, 1, FIELD.shape))
    return model


KNOWN = [
    case("an initializer", lambda: beside(stored), 1, becomes="Relu Add"),
    case("a Constant", lambda: beside(node), 1, becomes="Relu Add"),
    case("a ConstantOfShape", lambda: beside(lambda f: repeated(f, 1, C, 6, 6)), 1, becomes="Relu Add"),
    case("a Relu of one", lambda: beside(made(("Relu",))), 1, becomes="Relu Add"),
    case("a MaxPool and a Softmax of one", lambda: beside(made(
        ("MaxPool", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}), ("Softmax",))), 1, becomes="Relu Add"),
    case("a product of two", lambda: beside(made(("Mul", k(1, C, 1, 1)),)), 1, becomes="Relu Add"),
    case("three norms", chain, 3, becomes="Add"),
    case("an output", output, 1, becomes="Relu"),
    case("an output of IR 3", lambda: output(ir=3), 1, becomes="Relu"),
    case("IR 3, where initializers are inputs", lambda: beside(stored, ir=3), 1, becomes="Relu Add"),
    case("an opset of old", lambda: beside(stored, options={"opset": 8}, ir=3), 1, becomes="Relu Add"),
    case("half precision", lambda: beside(stored, options={"dtype": "float16"}), 1, becomes="Relu Add"),
    case("double precision", lambda: beside(stored, options={"dtype": "float64"}), 1, becomes="Relu Add"),
    case("other readers", two_readers, 1, becomes="Mul Tanh Add Add"),
    case("a sum before a norm", under_a_norm, 2, becomes="Conv"),
    case("a Conv of a constant", behind_a_conv, 1, becomes="Conv Add"),
    case("a weight", as_weight, 2, becomes="Conv"),
    case("bodies", in_a_branch, 2, becomes="If"),
    case("a function", in_a_function, 1, oracles=("onnxruntime", "reference")),
    case("one channel", lambda: beside(lambda f: f.at(f.constant(k(1, 1, 6, 6)), 1), channels=1), 1),
    case("no elements", lambda: beside(lambda f: f.at(f.constant(np.zeros((0, C, 6, 6)))), options={}), 1,
         feeds={"x": np.zeros((1, C, 6, 6), np.float32)}),
]  # fmt: skip

UNKNOWN = [
    case("what a caller may override", overridable, 0, NOWHERE),
    case("much more than is stored", lambda: beside(
        lambda f: repeated(f, 20, C, 60, 60), channels=C), 0, NOWHERE, oracles=()),
    case("what differs from run to run", lambda: beside(made(("RandomUniformLike",))), 0, NOWHERE, oracles=()),
    case("a negative variance", lambda: beside(stored, norm={"variance": np.full(C, -1.0)}), 0, "invalid-variance",
         oracles=()),
    case("an infinite variance", lambda: beside(stored, norm={"variance": np.full(C, np.inf)}), 0, "invalid-variance"),
    case("one left out by the options", lambda: beside(stored), 0, "excluded", options=("--skip", "*")),
    case("training mode", lambda: beside(stored, norm={"attributes": {"training_mode": 1}}), 0, "training-mode",
         oracles=()),
]  # fmt: skip


@pytest.mark.parametrize("expected", KNOWN, ids=str)
def test_norms_of_constants_are_worked_out(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", UNKNOWN, ids=str)
def test_what_is_not_known_stays(expected):
    assert_case(expected)


def test_what_is_taken_for_inference_is_not_worked_out():
    """Whoever runs the model as it is computes with the statistics of its batch."""
    model = beside(stored, norm={"attributes": {"training_mode": 1}})
    result = fuse(model, "--assume-inference", again=False, proved=False)
    assert [decline["code"] for decline in result.report["declined"]] == [NOWHERE]
    (norm,) = [node for node in result.model.graph.node if node.op_type == "BatchNormalization"]
    assert "training_mode" not in [attribute.name for attribute in norm.attribute]


def test_the_report_names_the_constant():
    result = fuse(beside(stored))
    (fold,) = result.report["folds"]
    assert fold["into"] == [{"operator": "Constant", "node": "", "output": fold["batchNorm"], "role": "weight"}]
    assert fold["batchNorm"] in {tensor.name for tensor in result.model.graph.initializer}


def test_a_constant_that_nothing_reads_any_more_is_not_stored():
    result = fuse(under_a_norm())
    first = next(fold for fold in result.report["folds"] if not fold["into"])
    names = {tensor.name for tensor in result.model.graph.initializer}
    assert first["direction"] == "backward" and first["batchNorm"] not in names


def test_a_constant_that_is_to_be_kept_is_stored():
    model = under_a_norm()
    kept = next(n.output[0] for n in model.graph.node if n.op_type == "BatchNormalization")
    result = assert_case(case("kept", lambda: model, 2, options=("--keep-value", kept), becomes="Conv"))
    assert kept in {tensor.name for tensor in result.model.graph.initializer}


def test_check_finds_another_constant_in_its_place(folder):
    """It sees a wrong element of the constant, though the graph hands it out and no node reads it."""
    model = output()
    result = fuse(model)
    (constant,) = (n for n in result.model.graph.node if n.op_type == "Constant")
    value = numpy_helper.to_array(constant.attribute[0].t).copy()
    value[0, 1, 2, 3] += 1e-3
    constant.attribute[0].t.CopyFrom(numpy_helper.from_array(value))
    (folder / "a.onnx").write_bytes(model.SerializeToString())
    (folder / "b.onnx").write_bytes(result.model.SerializeToString())
    assert run("check", "a.onnx", "b.onnx").exit == 2
