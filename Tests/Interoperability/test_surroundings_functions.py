"""Norms inside local functions: they fold where the function's own constants are all that is needed."""

import numpy as np
import pytest
from onnx import helper

from builders import PARAMETERS, Graph
from flow import Flow
from surroundings import assert_case, case

C = 4


def function(name, build, inputs=(), output="fy", domain="local", imports=("", "local")):
    """A function whose constants are nodes of its own; `build` fills a graph and gives the value that it returns."""
    graph = Graph(seed=len(name))
    build(graph)
    constants = [
        helper.make_node("Constant", [], [tensor.name], value=tensor) for tensor in graph.proto.initializer
    ]
    opsets = [helper.make_opsetid(domain, 17 if domain == "" else 1) for domain in imports]
    nodes = [*constants, *graph.proto.node]
    return helper.make_function(domain, name, ["fx", *inputs], [output], nodes, opsets)


def block(graph, channels=C, weight=True, **given):
    if weight:
        graph.weight("fw", [C, channels, 1, 1])
    graph.convolution("fx", "fc", "fw", name="fconv")
    graph.norm("fc", "fy", C, name="fbn", **given)


def calling(functions, *calls, shape=(2, C, 3, 3)):
    """Each call is the name of a function and what it reads besides the value that has been reached."""
    flow = Flow(shape)
    flow.functions = functions
    for name, *operands in calls:
        flow.step(name, *operands, domain="local", channels=C)
    return flow.done(rank=4, domains=["local"])


def own():
    return calling([function("Block", block)], ("Block",))


def own_called_twice():
    return calling([function("Block", block)], ("Block",), ("Block",))


def weight_given():
    w = np.ones([C, C, 1, 1])
    return calling([function("Block", lambda g: block(g, weight=False), ["fw"])], ("Block", w))


def weight_given_by_two_calls():
    calls = [("Block", np.full([C, C, 1, 1], v)) for v in (1.0, 2.0)]
    return calling([function("Block", lambda g: block(g, weight=False), ["fw"])], *calls)


def parameters_given():
    given = {kind: f"f_{kind}" for kind in PARAMETERS}
    call = ("Block", *(np.linspace(0.5, 1.5, C) for _ in PARAMETERS))
    return calling([function("Block", lambda g: block(g, **given), list(given.values()))], call)


def bias_given():
    def build(graph):
        graph.weight("fw", [C, C, 1, 1])
        graph.convolution("fx", "fc", "fw", "fb")
        graph.norm("fc", "fy", C)

    return calling([function("Block", build, ["fb"])], ("Block", np.ones(C)))


def norm_alone():
    return calling([function("Norm", lambda g: g.norm("fx", "fy", C))], ("Norm",))


def nested():
    """A function that calls another one, both with a norm."""

    def outer(graph):
        graph.node("Block", ["fx"], "fi", domain="local")
        graph.weight("ow", [C, C, 1, 1])
        graph.convolution("fi", "oc", "ow")
        graph.norm("oc", "fy", C)

    return calling([function("Block", block), function("Outer", outer)], ("Outer",))


def beside():
    """A norm in a function and one in the graph that calls it."""
    flow = Flow((2, C, 3, 3))
    flow.functions = [function("Block", block)]
    flow.step("Block", domain="local", channels=C).conv(C, 1).bn()
    return flow.done(rank=4, domains=["local"])


def forward_inside():
    def build(graph):
        graph.norm("fx", "fn", C)
        graph.weight("fw", [C, C, 3, 3])
        graph.convolution("fn", "fy", "fw")

    return calling([function("Block", build)], ("Block",))


def in_a_branch():
    """A body inside the function holds the norm, and captures the function's constants."""

    def build(graph):
        graph.weight("fw", [C, C, 1, 1])
        bodies = {}
        for name in ("then_branch", "else_branch"):
            body = Graph(name=name, seed=4)
            body.convolution("fx", f"{name}_c", "fw")
            body.norm(f"{name}_c", f"{name}_y", C)
            body.output(f"{name}_y", [2, C, 3, 3])
            bodies[name] = body.proto
        graph.initializer("which", np.array(True))
        graph.node("If", ["which"], "fy", **bodies)

    return calling([function("Block", build)], ("Block",))


def conv_inside(graph):
    graph.weight("fw", [C, C, 1, 1])
    graph.convolution("fx", "fy", "fw")


def chain_inside(graph):
    graph.initializer("fk", np.arange(C, dtype=np.float32).reshape(C, 1, 1) + 1)
    graph.norm(graph.node("Add", ["fx", "fk"], "fa"), "fy", C)


def around(build, before=None, behind=None, calls=1):
    """A function that is called once or more often, with something before the first call and behind the last."""
    flow = Flow((2, C, 3, 3)).step("Relu")
    flow.functions = [function("Block", build)]
    if before:
        before(flow)
    for _ in range(calls):
        flow.step("Block", domain="local", channels=C)
    if behind:
        behind(flow)
    return flow.step("Relu").done(rank=4, domains=["local"])


def read_inside_and_outside():
    """What the function reads is read beside the call too."""
    flow = Flow((2, C, 3, 3)).step("Relu").conv(C, 1)
    value = flow.value
    flow.functions = [function("Block", lambda g: g.norm("fx", "fy", C))]
    made = flow.step("Block", domain="local", channels=C).step("Relu").value
    return flow.done(made, flow.at(value).step("Tanh").value, rank=4, domains=["local"])


def called_in_a_function():
    """Conv in the graph, a function that calls another one, which has the norm."""

    def outer(graph):
        graph.node("Inner", [graph.node("Identity", ["fx"], "fi")], "fo", domain="local")
        graph.node("Relu", ["fo"], "fy")

    flow = Flow((2, C, 3, 3)).step("Relu").conv(C, 1)
    flow.functions = [function("Inner", lambda g: g.norm("fx", "fy", C)), function("Outer", outer)]
    return flow.step("Outer", domain="local", channels=C).done(rank=4, domains=["local"])


def called_in_a_branch():
    flow = Flow((2, C, 3, 3)).step("Relu").conv(C, 1)
    flow.functions = [function("Block", lambda g: g.norm("fx", "fy", C))]
    flow.input("which", [], "bool")
    bodies = {}
    for name in ("then_branch", "else_branch"):
        body = Graph(name=name)
        value, domain = (flow.value, "local") if name == "then_branch" else ("x", "")
        body.node("Block" if domain else "Tanh", [value], f"{name}_y", domain=domain)
        body.output(f"{name}_y", [2, C, 3, 3])
        bodies[name] = body.proto
    return flow.at(flow.node("If", ["which"], "z", **bodies), C).done(rank=4, domains=["local"])


def rank_behind():
    """MatMul, whose channels only the rank of what a function makes tells, then a norm."""
    flow = Flow((2, C)).step("Relu")
    flow.functions = [function("Block", lambda g: g.node("Sigmoid", ["fx"], "fy"))]
    return flow.step("Block", domain="local").matmul(C).bn().done(rank=2, domains=["local"])


def rank_inside():
    """The same within the function."""

    def build(graph):
        graph.weight("fw", [C, C])
        graph.norm(graph.node("MatMul", ["fx", "fw"], "fm"), "fy", C)

    flow = Flow((2, C)).step("Relu")
    flow.functions = [function("Block", build)]
    return flow.step("Block", domain="local", channels=C).done(rank=2, domains=["local"])


def norm(graph):
    graph.norm("fx", "fy", C)


CONV, NORM = lambda flow: flow.conv(C, 1), lambda flow: flow.bn()
ANYHOW = ("onnxruntime", "reference")
FUNCTIONS = [
    case("constants inside", own, 1, oracles=ANYHOW),
    case("constants inside, called twice", own_called_twice, 1, oracles=ANYHOW),
    case("a function inside another", nested, 2, oracles=ANYHOW),
    case("a function and its caller", beside, 2, oracles=ANYHOW),
    case("a norm before a convolution inside", forward_inside, 1, direction="forward", oracles=ANYHOW),
    case("bodies inside a function, of which one never runs", in_a_branch, 2, direction=["backward", "forward"],
         oracles=ANYHOW),
    case("Conv, a function with a norm", lambda: around(norm, CONV), 1, oracles=ANYHOW),
    case("Conv, a function with a constant and a norm", lambda: around(chain_inside, CONV), 1, oracles=ANYHOW),
    case("Conv, a function that hands its input on, norm", lambda: around(
        lambda g: g.node("Identity", ["fx"], "fy"), CONV, NORM), 1, oracles=ANYHOW),
    case("Conv, a function with a MaxPool, norm", lambda: around(
        lambda g: g.node("MaxPool", ["fx"], "fy", kernel_shape=[1, 1]), CONV, lambda f: f.bn(scales="positive")), 1,
        oracles=ANYHOW),
    case("a function with a Conv, norm", lambda: around(conv_inside, None, NORM), 1, oracles=ANYHOW),
    case("norm, a function with a Conv", lambda: around(conv_inside, NORM), 1, direction="forward", oracles=ANYHOW),
    case("a function with a norm, Conv", lambda: around(norm, None, CONV), 1, direction="forward", oracles=ANYHOW),
    case("Conv, a function with a norm that is called twice", lambda: around(norm, CONV, calls=2), 0, frozenset({
        "function-parameter", "no-linear-producer"}), oracles=ANYHOW),
    case("a function with a Conv that is called twice, norm", lambda: around(conv_inside, None, NORM, calls=2), 0,
         frozenset({"foreign-domain", "no-linear-producer"}), oracles=ANYHOW),
    case("Conv, a function with a norm, and another reader", read_inside_and_outside, 0, "activation-shared",
         oracles=ANYHOW),
    case("Conv, a function that calls one with a norm", called_in_a_function, 1, oracles=ANYHOW),
    case("Conv, a function with a norm that a branch calls", called_in_a_branch, 1, oracles=ANYHOW),
    case("a function, MatMul, norm", rank_behind, 1, oracles=ANYHOW),
    case("a function with a MatMul and a norm", rank_inside, 1, oracles=ANYHOW),
    case("a weight that the caller gives", weight_given, 0, "function-parameter", oracles=ANYHOW),
    case("a weight that two callers give", weight_given_by_two_calls, 0, "function-parameter", oracles=ANYHOW),
    case("parameters that the caller gives", parameters_given, 0, "function-parameter", oracles=ANYHOW),
    case("a bias that the caller gives", bias_given, 0, "function-parameter", oracles=ANYHOW),
    case("a norm that reads the function's input", norm_alone, 0, frozenset({"function-parameter",
         "no-linear-producer"}), oracles=ANYHOW),
]  # fmt: skip


@pytest.mark.parametrize("expected", FUNCTIONS, ids=str)
def test_norms_in_functions(expected):
    assert_case(expected)
