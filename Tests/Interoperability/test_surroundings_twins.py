"""Norms that do the same to one value, and norms behind a Cast to the type that there already is."""

import numpy as np
import onnx
import pytest

from builders import TYPES, Graph
from flow import Flow, k
from surroundings import NOWHERE, assert_case, case

C = 4
FEEDS = {"x": np.random.default_rng(2).random((2, 3, 6, 6), np.float32), "which": np.array(True)}
SAME = {"gamma": k(C), "beta": k(C), "mean": k(C), "variance": abs(k(C))}
OTHER = {**SAME, "beta": k(C) + 0.5}


def fork(*norms, start=None, ends=("Relu", "Sigmoid", "Tanh"), outputs=()):
    """Norms of one value, each with an operator behind it; `outputs` are those of them that are outputs too."""
    flow = Flow((2, C, 6, 6))
    if start:
        start(flow)
    value, channels = flow.value, flow.channels
    made = []
    for norm in norms:
        flow.at(value, channels).bn(**norm)
        made.append(flow.value)
    ends = [flow.node(end, [norm], f"end{index}") for index, (norm, end) in enumerate(zip(made, ends))]
    return flow.done(*ends, *(made[index] for index in outputs))


def conv(flow):
    flow.conv(C, 3)


TWINS = [
    case("two twins behind a Conv", lambda: fork(SAME, SAME, start=conv), 2, becomes="Conv Relu Sigmoid"),
    case("three twins behind a Conv", lambda: fork(SAME, SAME, SAME, start=conv), 3, becomes="Conv Relu Sigmoid Tanh"),
    case("twins of the input", lambda: fork(SAME, SAME), 0, NOWHERE, merged=1,
         becomes="BatchNormalization Relu Sigmoid"),
    case("twins behind a Conv, of which one is an output", lambda: fork(SAME, SAME, start=conv, outputs=[1]), 2,
         becomes="Conv Relu Sigmoid"),
    case("twins behind a Conv, of which the first is an output", lambda: fork(SAME, SAME, start=conv, outputs=[0]), 2,
         becomes="Conv Relu Sigmoid"),
    case("twins that are both outputs", lambda: fork(SAME, SAME, start=conv, outputs=[0, 1]), 0,
         ("activation-shared", "activation-shared")),
    case("norms with another beta", lambda: fork(SAME, OTHER, start=conv), 0,
         ("activation-shared", "activation-shared")),
    case("two twins and another", lambda: fork(SAME, SAME, OTHER, start=conv), 0,
         ("activation-shared", "activation-shared"), merged=1),
    case("norms with another epsilon", lambda: fork(SAME, {**SAME, "epsilon": 2e-3}, start=conv), 0,
         ("activation-shared", "activation-shared")),
    case("twins behind an Identity each", lambda: behind_identities(), 2, becomes="Conv Relu Sigmoid"),
    case("twins in two branches, behind an Identity each", lambda: in_branches(), 0,
         ("activation-captured", "activation-captured"), feeds=FEEDS),
    case("twins before Convs", lambda: into_convolutions(), 2, direction="forward", becomes="Relu Tanh Conv Conv"),
]  # fmt: skip


def behind_identities():
    flow = Flow((2, 3, 6, 6)).conv(C, 3)
    value, ends = flow.value, []
    for end in "Relu", "Sigmoid":
        ends.append(flow.at(value, C).step("Identity").bn(**SAME).step(end).value)
    return flow.done(*ends)


def in_branches():
    """Each branch of an If hands on the same value of the graph around, which that reads twice itself."""
    flow = Flow((2, 3, 6, 6)).conv(C, 3)
    flow.input("which", [], "bool")
    bodies = {}
    for name, end in ("then", "Tanh"), ("else", "Relu"):
        body = Graph(seed=3, opset=17)
        body.node("Identity", [flow.value], f"{name}_i")
        body.norm(f"{name}_i", f"{name}_n", C, **SAME)
        body.node(end, [f"{name}_n"], f"{name}_y")
        body.proto.output.add(name=f"{name}_y").type.tensor_type.elem_type = onnx.TensorProto.FLOAT
        bodies[f"{name}_branch"] = body.proto
    chosen = flow.node("If", ["which"], "z", **bodies)
    return flow.done(chosen, flow.node("Relu", [flow.value], "r"), flow.node("Tanh", [flow.value], "t"), rank=4)


def into_convolutions():
    flow = Flow((2, C, 6, 6)).step("Relu")
    value = flow.value
    ends = [flow.node("Tanh", [value], "t")]
    for _ in range(2):
        ends.append(flow.at(value, C).bn(**SAME).conv(3, 3).value)
    return flow.done(*ends)


def cast(flow, dtype="float32"):
    return flow.step("Cast", to=TYPES[dtype][1])


def before_conv(opset):
    return cast(Flow(opset=opset).step("Relu").bn()).conv(C, 3).done()


def mixed(before, after, opset=15):
    """Conv of one type, Cast, norm of another."""
    flow = Flow((2, 3, 6, 6), dtype=before, opset=opset).conv(C, 3)
    cast(flow, after).dtype = after
    return flow.bn().done()


CASTS = [
    case("Conv, Cast to its own type, BN", lambda: cast(Flow().conv(C, 3)).bn().done(), 1, becomes="Conv"),
    case("Conv, Cast twice to its own type, BN", lambda: cast(cast(Flow().conv(C, 3))).bn().done(), 1, becomes="Conv"),
    case("Conv, Cast of opset 14, BN", lambda: cast(Flow(opset=14).conv(C, 3)).bn().done(), 1, becomes="Conv"),
    case("float64: Conv, Cast, BN", lambda: mixed("float64", "float64"), 1, becomes="Conv"),
    case("BN, Cast to its own type, Conv", lambda: before_conv(14), 1, direction="forward", becomes="Relu Cast Conv"),
    # From opset 15 on the parameters do not tell the type of what is normalized.
    case("BN of opset 15, Cast, Conv", lambda: before_conv(15), 0, "type-mismatch"),
    case("Conv, Cast to a wider type, BN", lambda: mixed("float32", "float64"), 0, "type-mismatch"),
    case("Conv of float16, Cast to float32, BN", lambda: mixed("float16", "float32"), 0, "type-mismatch"),
    case("Conv, Cast there and back, BN", lambda: cast(cast(Flow().conv(C, 3), "float16")).bn().done(), 0,
         "type-mismatch"),
    case("Conv, Cast to integers and back, BN", lambda: cast(Flow().conv(C, 3).step("Cast", to=TYPES["int64"][1])).bn()
         .done(), 0, NOWHERE),
    case("BN, Cast, BN", lambda: cast(Flow().step("Relu").bn()).bn().done(), 0, ("type-mismatch", NOWHERE)),
]  # fmt: skip


@pytest.mark.parametrize("expected", TWINS, ids=str)
def test_norms_that_do_the_same(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", CASTS, ids=str)
def test_casts(expected):
    assert_case(expected)
