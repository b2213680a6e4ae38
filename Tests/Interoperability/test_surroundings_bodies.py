"""Norms and operators on both sides of a subgraph's border: a body reads what is made outside, and is a reader as any."""

from dataclasses import replace

import numpy as np
import pytest

from builders import Graph
from command import fuse
from flow import Flow, k
from oracles import feeds_for
from surroundings import NOWHERE, assert_case, case

C = 4
IMAGE = [2, C, 6, 6]


def body(build, seed, shape=IMAGE):
    """The body of a branch; `build` gets a graph and gives the value that is handed out."""
    graph = Graph(seed=seed)
    graph.output(build(graph), shape)
    return graph.proto


def plain(graph, value=None):
    """Reads the model's input alone, whatever there is to read."""
    return graph.node("Tanh", ["x"], "plain")


def conv(graph, value, name, channels=C):
    return graph.convolution(value, name, graph.weight(f"{name}_w", [C, channels, 1, 1]))


def choosing(flow, then, other=plain, **options):
    """An If of two bodies, whose condition is an input."""
    flow.input("which", [], "bool")
    flow.at(flow.node("If", ["which"], "z", then_branch=body(then, 3), else_branch=body(other, 4)), C)
    return flow.done(rank=4, **options)


def outside(then, other=plain, **options):
    """A Conv that the bodies read, of the Relu of the input, and nothing else does."""
    flow = Flow((2, C, 6, 6), **options).step("Relu").conv(C, 1)
    value = flow.value
    return choosing(flow, lambda g: then(g, value), lambda g: other(g, value))


def normed(then, other=plain, scales="either"):
    """The same with a norm instead of the Conv."""
    flow = Flow((2, C, 6, 6)).step("Relu").bn(scales=scales)
    value = flow.value
    return choosing(flow, lambda g: then(g, value), lambda g: other(g, value))


def bn(name="n"):
    return lambda graph, value: graph.norm(value, name, C)


def bn_relu(graph, value):
    return graph.relu(graph.norm(value, "n", C), "r")


def pool(graph, value):
    pooled = graph.node("AveragePool", [value], "p", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    return graph.relu(graph.norm(pooled, "n", C), "r")


def chain(last):
    """An Identity, a constant and a norm, then a Relu or nothing."""

    def build(graph, value):
        value = graph.node("Identity", [value], "same")
        graph.initializer("ten", k(C, 1, 1).astype(np.float32))
        value = graph.norm(graph.node("Add", [value, "ten"], "sum"), "n", C)
        return graph.relu(value, "r") if last else value

    return build


def within(depth, build):
    """A body whose If has the norm in its own body, and so on."""

    def nested(graph, value):
        if not depth:
            return build(graph, value)
        inner = body(lambda g: within(depth - 1, build)(g, value), 5)
        other = body(lambda g: g.node("Neg", ["x"], f"neg{depth}"), 6)
        return graph.node("If", ["which"], f"if{depth}", then_branch=inner, else_branch=other)

    return nested


def added(graph, value):
    """A branch of a RepVGG block inside: the norm's output is added to that of a Conv of the same value."""
    return graph.node("Add", [conv(graph, value, "c1"), graph.norm(value, "n", C)], "sum")


def product():
    """MatMul outside, the Add that holds its bias and the norm inside."""
    flow = Flow((3, C)).step("Relu").matmul(C)
    value = flow.value

    def then(graph):
        graph.initializer("b", k(C).astype(np.float32))
        return graph.relu(graph.norm(graph.node("Add", [value, "b"], "sum"), "n", C), "r")

    flow.input("which", [], "bool")
    shapes = {"then_branch": body(then, 3, shape=[3, C]), "else_branch": body(plain, 4, shape=[3, C])}
    return flow.at(flow.node("If", ["which"], "z", **shapes), C).done(rank=2)


def looping(carried):
    """A Loop that adds up what a norm makes of a Conv outside, or hands that out by itself."""
    flow = Flow((2, C, 6, 6)).step("Relu").conv(C, 1)
    inner = Graph(seed=7)
    inner.input("i", [], dtype="int64")
    inner.input("go_on", [], dtype="bool")
    inner.input("state", IMAGE)
    inner.node("Identity", ["go_on"], "again")
    norm = inner.norm(flow.value, "n", C)
    inner.node("Add", ["state", norm], "next")
    inner.output("again", [], dtype="bool")
    inner.output("next", IMAGE)
    if carried:
        inner.output(norm, IMAGE)
    flow.initializer("count", np.array(3, np.int64))
    flow.initializer("yes", np.array(True))
    outputs = ["last", "all"] if carried else ["last"]
    flow.node("Loop", ["count", "yes", "x"], outputs, body=inner.proto)
    for name, rank in zip(outputs, (4, 5)):
        flow.output(name, [None] * rank)
    return flow.model()


def shadowing():
    """A body has another value of the name that its Conv would have to read."""
    flow = Flow((2, C, 6, 6)).step("Relu", outputs=["inner"])
    flow.bn()
    value = flow.value

    def then(graph):
        graph.node("Tanh", ["x"], "inner")
        return graph.node("Add", [conv(graph, value, "c"), "inner"], "sum")

    return choosing(flow, then)


def same_names():
    """Both bodies use the same names, and each has a norm of a Conv of its own outside."""
    flow = Flow((2, C, 6, 6)).step("Relu")
    value = flow.value
    values = [flow.at(value, C).conv(C, 1).value for _ in range(2)]
    return choosing(flow, lambda g: bn_relu(g, values[0]), lambda g: bn_relu(g, values[1]))


def twice():
    """Two bodies with norms, of two Ifs, that read two parts of a Split."""
    flow = Flow((2, C, 6, 6)).conv(2 * C, 1)
    parts = flow.step("Split", outputs=["first", "second"], axis=1).value
    assert parts == "first"
    flow.input("which", [], "bool")
    results = []
    for index, part in enumerate(("first", "second")):
        bodies = (body(lambda g, p=part, i=index: bn(f"n{i}")(g, p), 3 + index), body(plain, 5))
        results.append(flow.node("If", ["which"], f"z{index}", then_branch=bodies[0], else_branch=bodies[1]))
    return flow.at(flow.node("Add", results, "z")).done(rank=4)


def half():
    """The weight would overflow in float16 and cannot be balanced across the border."""
    flow = Flow((2, C, 6, 6), dtype="float16").step("Relu").conv(C, 1)
    value = flow.value
    flow.input("which", [], "bool")
    bodies = {}
    for name in ("then_branch", "else_branch"):
        graph = Graph(seed=3, dtype="float16")
        made = graph.norm(value, "n", C, gamma=np.full(C, 6e4), variance=np.full(C, 1e-4), epsilon=1e-5)
        made = made if name == "then_branch" else None
        if made is None:
            graph = Graph(seed=4, dtype="float16")
            made = graph.node("Tanh", ["x"], "plain")
        graph.output(made, IMAGE)
        bodies[name] = graph.proto
    return flow.at(flow.node("If", ["which"], "z", **bodies)).done(rank=4)


CAPTURED = "activation-captured"
BACKWARD = [
    case("a norm that is handed out", lambda: outside(bn()), 1),
    case("a norm before a Relu", lambda: outside(bn_relu), 1),
    case("a norm behind a pooling", lambda: outside(pool), 1),
    case("a chain", lambda: outside(chain(True)), 1),
    case("a chain that is handed out", lambda: outside(chain(False)), 1),
    case("a body in a body", lambda: outside(within(1, bn_relu)), 1),
    case("a body in a body in a body, that hands a norm out", lambda: outside(within(2, bn())), 1),
    case("the bias of a MatMul", product, 1),
    case("a norm in a Loop", lambda: looping(False), 1),
    case("a norm in a Loop that hands it out", lambda: looping(True), 1),
    case("a Conv for each body, of the same names inside", same_names, 2),
    case("two parts of a Split", twice, 2),
    case("a Conv that both bodies read", lambda: outside(bn("n"), bn("m")), 0, (CAPTURED, CAPTURED)),
    case("a Conv that the body reads twice", lambda: outside(
        lambda g, v: g.node("Add", [bn_relu(g, v), g.node("Tanh", [v], "t")], "sum")), 0, CAPTURED),
    case("a weight that would overflow", half, 0, "overflows-storage"),
]  # fmt: skip

FORWARD = [
    case("a Conv in one body", lambda: normed(lambda g, v: conv(g, v, "c")), 1, direction="forward"),
    case("a Conv in each body", lambda: normed(lambda g, v: conv(g, v, "c"), lambda g, v: conv(g, v, "c")), 1,
         direction="forward"),
    case("a Conv behind a pooling", lambda: normed(
        lambda g, v: conv(g, g.node("MaxPool", [v], "p", kernel_shape=[3, 3], pads=[1, 1, 1, 1]), "c"),
        scales="positive"), 1, direction="forward"),
    case("a Conv in a body in a body", lambda: normed(within(1, lambda g, v: conv(g, v, "c"))), 1,
         direction="forward"),
    case("a Conv in one body and a Relu in the other", lambda: normed(
        lambda g, v: conv(g, v, "c"), lambda g, v: g.relu(v, "r")), 0, frozenset({CAPTURED, NOWHERE})),
    case("a body that hands the norm's output out behind a Relu", lambda: normed(lambda g, v: g.relu(v, "r")), 0,
         frozenset({CAPTURED, NOWHERE})),
    case("a body with another value of the name", shadowing, 0, frozenset({CAPTURED, NOWHERE})),
]  # fmt: skip

SIDEWAYS = [
    case("a norm beside a Conv in a body", lambda: normed(added), 2, direction=["forward", "sideways"],
         otherwise=(CAPTURED,)),
    case("a norm before a norm in a body", lambda: normed(bn_relu), 0, NOWHERE, merged=1),
    case("a norm before a norm that is handed out", lambda: normed(bn()), 0, NOWHERE, merged=1),
]  # fmt: skip


def assert_both_ways(expected):
    model = expected.build()
    if "which" not in {value.name for value in model.graph.input}:
        return assert_case(expected)
    for which in (True, False):
        assert_case(replace(expected, build=lambda: model, feeds=feeds_for(model) | {"which": np.array(which)}))


@pytest.mark.parametrize("expected", BACKWARD, ids=str)
def test_a_norm_inside_and_an_operator_outside(expected):
    assert_both_ways(expected)


@pytest.mark.parametrize("expected", FORWARD, ids=str)
def test_a_norm_outside_and_operators_inside(expected):
    assert_both_ways(expected)


@pytest.mark.parametrize("expected", SIDEWAYS, ids=str)
def test_other_ways_across_the_border(expected):
    assert_both_ways(expected)


def test_the_fold_is_certified():
    """Every stored number of the Conv outside is compared with the norm inside, and all else is the same."""
    for build in (lambda: outside(bn()), lambda: outside(bn_relu), lambda: normed(lambda g, v: conv(g, v, "c"))):
        fuse(build())


def test_a_name_inside_that_is_to_be_kept_is_kept():
    model = outside(bn_relu)
    result = assert_case(case("kept", lambda: model, 1, options=("--keep-value", "n")))
    (choice,) = (n for n in result.model.graph.node if n.op_type == "If")
    then = next(a.g for a in choice.attribute if a.name == "then_branch")
    assert [n.op_type for n in then.node] == ["Identity", "Relu"] and then.node[0].output == ["n"]
