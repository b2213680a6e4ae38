"""Norms whose neighbours take no notice of what a value contains, and norms of which nothing does."""

import onnx
import pytest

from builders import Graph
from flow import HERE, Flow, ints
from surroundings import NOWHERE, assert_case, case

C = 4


def beside(*steps, options=None, end=True):
    """A Conv whose output `steps` read, and behind them a norm; what they make last is an output or not."""
    flow = Flow((2, 3, 6, 6), **(options or {})).conv(C, 3)
    value = flow.value
    for name, operands in steps:
        flow.step(name, *operands)
    beside, norm = flow.value, flow.at(value, C).bn().value
    return flow.done(*([norm, beside] if end else [norm]))


def behind(*steps, end=True):
    """A norm of what an activation makes, that `steps` alone read; what the activation makes is an output too."""
    flow = Flow((2, C, 6, 6)).step("Relu")
    value = flow.value
    flow.bn()
    for name, operands in steps:
        flow.step(name, *operands)
    return flow.done(value, *([flow.value] if end else []))


def early():
    """Between a MatMul and the Add that will hold its bias something reads the shape."""
    flow = Flow((2, 3)).matmul(C)
    value = flow.value
    shape = flow.step("Shape").value
    flow.at(value, C).step("Add", flow.array([C])).bn()
    return flow.done(flow.step("Reshape", shape).value)


def chain():
    flow = Flow((2, C, 6, 6)).step("Relu")
    value = flow.value
    flow.bn().bn().step("Sigmoid")
    return flow.done(value)


def two_norms():
    """A Conv with two norms, of which nothing reads the first."""
    flow = Flow((2, 3, 6, 6)).conv(C, 3)
    value = flow.value
    flow.bn()
    return flow.at(value, C).bn().done()


def in_branch(reads, chosen=True):
    """A Conv whose output a branch reads, for its result or not; the If is an output or not."""
    flow = Flow((2, 3, 6, 6)).conv(C, 3)
    flow.input("which", [], "bool")
    bodies = {}
    for name in ("then", "else"):
        body = Graph(seed=3, opset=17)
        body.node("Tanh", [flow.value], f"{name}_t")
        body.node("Sigmoid", [f"{name}_t" if reads else "x"], f"{name}_y")
        body.proto.output.add(name=f"{name}_y").type.tensor_type.elem_type = onnx.TensorProto.FLOAT
        bodies[f"{name}_branch"] = body.proto
    value = flow.value
    choice = flow.node("If", ["which"], "z", **bodies)
    norm = flow.at(value, C).bn().value
    return flow.done(*([norm, choice] if chosen else [norm]), rank=4)


BESIDE = [
    case("beside a Shape", lambda: beside(("Shape", ())), 1),
    case("beside a Size", lambda: beside(("Size", ())), 1),
    case("beside the type of a CastLike", lambda: beside(("CastLike", (ints(1, 2), HERE))), 1),
    case("beside the value of a CastLike", lambda: beside(("CastLike", ("x",))), 0, "activation-shared"),
    case("beside what no output depends on", lambda: beside(("Relu", ()), end=False), 1, becomes="Conv Relu"),
    case("beside two operators that no output depends on", lambda: beside(("Tanh", ()), ("Relu", ()), end=False), 1,
         becomes="Conv Tanh Relu"),
    case("beside an operator with an output", lambda: beside(("Relu", ())), 0, "activation-shared"),
    case("beside a norm that nothing reads", two_norms, 2, direction=["backward", "forward"], becomes="Conv"),
    case("behind a Shape between MatMul and Add", early, 1, becomes="MatMul Shape Add Reshape"),
    case("beside a branch that reads for nothing", lambda: in_branch(False), 1),
    case("beside a branch that reads", lambda: in_branch(True), 0, "activation-captured"),
    case("beside a branch that reads, of an If that nothing reads", lambda: in_branch(True, chosen=False), 1),
]  # fmt: skip

UNREAD = [
    case("read by a Shape alone", lambda: behind(("Shape", ())), 1, direction="forward", becomes="Relu Shape"),
    case("read by nothing", lambda: behind(end=False), 1, direction="forward", becomes="Relu"),
    case("read by what no output depends on", lambda: behind(("Tanh", ()), end=False), 1, direction="forward", becomes="Relu Tanh"),
    case("read by a Shape and more", lambda: behind(("Tanh", ())), 0, NOWHERE),
    case("a chain that nothing reads", chain, 2, direction="forward", becomes="Relu Sigmoid"),
]  # fmt: skip


def for_training():
    model = behind(end=False)
    model.graph.node[1].attribute.append(onnx.helper.make_attribute("training_mode", 1))
    return model


@pytest.mark.parametrize("expected", BESIDE, ids=str)
def test_readers_that_need_no_contents(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", UNREAD, ids=str)
def test_norms_that_nothing_reads(expected):
    assert_case(expected)


def test_a_norm_in_training_mode_stays():
    assert_case(case("training", for_training, 0, "training-mode"))


def test_what_is_to_be_kept_is_read():
    model = beside(("Relu", ()), end=False)
    kept = next(node.output[0] for node in model.graph.node if node.op_type == "Relu")
    assert_case(case("kept", lambda: model, 0, "activation-shared", options=("--keep-value", kept)))
