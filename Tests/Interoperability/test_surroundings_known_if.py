"""An If whose condition is known: the body that runs is a part of the graph, the other is dead code."""

import json

import numpy as np
import onnx
import pytest

from builders import Graph
from command import run
from flow import Flow, ints
from surroundings import NOWHERE, all_nodes, assert_case, case

C = 4
IMAGE = [2, C, 6, 6]


def body(build, seed):
    graph = Graph(seed=seed)
    made = build(graph)
    for value in made if isinstance(made, tuple) else (made,):
        graph.output(value, IMAGE)
    return graph.proto


def conv(graph, value, name):
    return graph.convolution(value, name, graph.weight(f"{name}_w", [C, C, 1, 1]))


def choose(flow, condition, then, other, outputs=("z",), order=("then_branch", "else_branch")):
    """An If of two bodies; `condition` is a value, or True or False."""
    if not isinstance(condition, str):
        condition = flow.constant(np.array(condition))
    bodies = {"then_branch": body(then, 3), "else_branch": body(other, 4)}
    node = onnx.helper.make_node("If", [condition], list(outputs), name="choice")
    for name in order:
        node.attribute.append(onnx.helper.make_attribute(name, bodies[name]))
    flow.proto.node.append(node)
    return flow.at(outputs[0], C)


def start():
    flow = Flow((2, C, 6, 6)).step("Relu")
    return flow, flow.value


def same(name, value):
    return lambda graph: graph.node("Identity", [value], name)


def sigmoid(name, value):
    return lambda graph: graph.node("Sigmoid", [value], name)


def behind(truth=True, condition=None, order=("then_branch", "else_branch")):
    """Conv → If that hands its output on, or what Sigmoid makes of it → norm."""
    flow, _ = start()
    value = flow.conv(C, 1).value
    which = condition(flow) if condition else truth
    bodies = [same("kept", value), sigmoid("other", value)]
    return choose(flow, which, *(bodies if truth else bodies[::-1]), order=order).bn().step("Relu").done(rank=4)


def made(operator, *operands):
    return lambda flow: flow.node(operator, [flow.operand(o) for o in operands], flow.fresh("cond"))


def rank_is(count):
    def condition(flow):
        size = flow.node("Size", [flow.node("Shape", ["x"], "shape")], "size")
        return flow.node("Equal", [size, flow.constant(np.array(count))], "isso")

    return condition


def channels(operator, count):
    def condition(flow):
        place = flow.constant(np.array(1))
        size = flow.node("Gather", [flow.node("Shape", ["x"], "shape"), place], "size")
        return flow.node(operator, [size, flow.constant(np.array(count))], "isso")

    return condition


def conv_inside(other=None):
    """The body that runs has the Conv, and the norm stands behind the If."""
    flow, value = start()
    return choose(flow, True, lambda g: conv(g, value, "c"), other or sigmoid("s", value)).bn().done(rank=4)


def norm_inside(dead=None, **fields):
    flow, value = start()
    return choose(flow, False, dead or sigmoid("s", value), lambda g: g.norm(conv(g, value, "c"), "n", C)).done(
        rank=4, **fields
    )


def norm_at_the_end():
    """The norm is handed out, and the Conv behind the If takes it in."""
    flow, value = start()
    choose(flow, True, lambda g: g.norm(g.node("Tanh", [value], "t"), "n", C), sigmoid("s", value))
    return flow.conv(C, 1).done(rank=4)


def norm_of_what_is_outside():
    """The same of a value that the body does not make: an Identity hands it on."""
    flow, value = start()
    choose(flow, True, lambda g: g.norm(value, "n", C), sigmoid("s", value))
    made = flow.conv(C, 1).value
    return flow.done(made, flow.at(value, C).step("Tanh").value, rank=4)


def two_outputs():
    """The If hands out two values; one has a norm behind it, the other is an output."""
    flow, value = start()
    choose(flow, True, lambda g: (conv(g, value, "c"), g.node("Tanh", [value], "t")),
           lambda g: (g.node("Neg", [value], "m"), g.node("Abs", [value], "a")), outputs=("z", "y"))
    return flow.bn().done(flow.value, "y", rank=4)  # fmt: skip


def handed_out_twice():
    flow, value = start()
    choose(flow, True, lambda g: (conv(g, value, "c"), "c"),
           lambda g: (g.node("Neg", [value], "m"), g.node("Abs", [value], "a")), outputs=("z", "y"))
    return flow.bn().done(flow.value, "y", rank=4)  # fmt: skip


def nested():
    """An If in the body of an If, both known."""
    flow, value = start()
    flow.initializer("yes", np.array(True))

    def inner(graph):
        bodies = {"then_branch": body(lambda g: conv(g, value, "c"), 5), "else_branch": body(sigmoid("s", value), 6)}
        return graph.node("If", ["yes"], "inside", **bodies)

    return choose(flow, True, inner, sigmoid("u", value)).bn().done(rank=4)


def dead_reader():
    """A body that never runs reads the Conv beside the norm."""
    flow, _ = start()
    value = flow.conv(C, 1).value
    choice = choose(flow, False, sigmoid("s", value), same("e", "x")).step("Tanh").value
    return flow.at(value, C).bn().done(flow.value, choice, rank=4)


def dead_norm(outside):
    """The body that never runs has a norm, of a value of its own or of one that is made outside."""
    flow, value = start()
    dead = lambda g: g.norm(value if outside else g.node("Tanh", [value], "t"), "n", C)  # noqa: E731
    return choose(flow, False, dead, sigmoid("s", value)).done(rank=4)


def overridable():
    """A caller may give another condition."""
    model = behind()
    name = next(n.input[0] for n in model.graph.node if n.op_type == "If")
    model.graph.input.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.BOOL, []))
    return model


KNOWN = [
    case("an initializer", behind, 1),
    case("an initializer that is false", lambda: behind(False), 1),
    case("bodies in the other order", lambda: behind(order=("else_branch", "then_branch")), 1),
    case("a Constant", lambda: behind(condition=lambda f: f.node("Constant", [], "k", value=onnx.numpy_helper.from_array(
        np.array(True)))), 1),
    case("Not", lambda: behind(condition=made("Not", np.array(False))), 1),
    case("And, Or and Xor", lambda: behind(condition=lambda f: made("And", made("Or", np.array(False), np.array(True))(f),
         made("Xor", np.array(False), np.array(True))(f))(f)), 1),
    case("a Cast of a number", lambda: behind(condition=made_cast(3)), 1),
    case("the number of axes", lambda: behind(condition=rank_is(4)), 1),
    case("another number of axes", lambda: behind(False, condition=rank_is(3)), 1),
    *[case(f"the length of an axis, {operator}", lambda o=operator, n=count: behind(condition=channels(o, n)), 1)
      for operator, count in [("Equal", 4), ("Less", 5), ("Greater", 3), ("LessOrEqual", 4), ("GreaterOrEqual", 4)]],
    case("a Conv in the body that runs", conv_inside, 1),
    case("a norm in the body that runs", norm_inside, 1),
    case("a norm at its end", norm_at_the_end, 1, direction="forward"),
    case("a norm at its end, of what is made outside", norm_of_what_is_outside, 1, direction="forward"),
    case("two outputs", two_outputs, 1),
    case("a body in a body", nested, 1),
    case("a reader that never runs", dead_reader, 1),
    case("a norm that never runs", lambda: dead_norm(False), 1, direction="forward"),
    case("a norm of what is made outside that never runs", lambda: dead_norm(True), 1, direction="forward"),
    case("an operator that never runs and is not ONNX's", lambda: norm_inside(
        lambda g: g.node("Print", ["relu0"], "p", domain="elsewhere"), domains=["elsewhere"]), 1, oracles=()),
]  # fmt: skip

UNKNOWN = [
    case("a condition that a caller may override", overridable, 0, NOWHERE, oracles=()),
    case("a length that is not known", lambda: unknown(channels("Equal", 4)), 0, NOWHERE,
         sizes={"d1": C}),
    case("what is handed out twice", handed_out_twice, 0, frozenset({"activation-shared", NOWHERE}), oracles=()),
]  # fmt: skip


def made_cast(number):
    return lambda flow: flow.node("Cast", [flow.constant(ints(number)[0])], "cond", to=onnx.TensorProto.BOOL)


def unknown(condition):
    model = behind(condition=condition)
    for index, dimension in enumerate(model.graph.input[0].type.tensor_type.shape.dim):
        dimension.dim_param = f"d{index}"
    return model


@pytest.mark.parametrize("expected", KNOWN, ids=str)
def test_the_body_that_runs_is_a_part_of_the_graph(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", UNKNOWN, ids=str)
def test_what_is_not_known_stays(expected):
    assert_case(expected)


def test_the_body_that_never_runs_stays():
    """It reads what the Conv makes now, under the new name, and what it makes of that has a new name too."""
    result = assert_case(case("behind", behind, 1))
    assert [n.op_type for n in all_nodes(result.model)] == ["Relu", "Conv", "If", "Identity", "Sigmoid", "Relu"]


def test_a_value_to_be_kept_is_kept():
    assert_case(case("kept", conv_inside, 0, "value-pinned", options=("--keep-value", "c")))
    assert_case(case("kept", conv_inside, 0, "value-pinned", options=("--keep-value", "z")))


@pytest.mark.parametrize("build", [behind, conv_inside, norm_inside, norm_at_the_end, nested, dead_reader, two_outputs])
def test_the_fold_is_certified(folder, build):
    """Every stored number is compared with the exact fold, and all else that may run is the same."""
    (folder / "model.onnx").write_bytes(build().SerializeToString())
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    check = json.loads(run("check", "model.onnx", "fused.onnx", "--json", "--max-ulp=1").stdout)["check"]
    assert check["certification"]["changes"] == [] and len(check["certification"]["folds"]) == 1
    assert check["verdict"] == "equivalent"


def test_check_looks_into_the_body_that_runs_alone(folder):
    """Another operator in the body that runs is a change; in the other one it is not."""
    (folder / "model.onnx").write_bytes(behind().SerializeToString())
    for branch, runs in (("then_branch", True), ("else_branch", False)):
        model = behind()
        (choice,) = (n for n in model.graph.node if n.op_type == "If")
        next(a.g for a in choice.attribute if a.name == branch).node[0].op_type = "Neg"
        (folder / "other.onnx").write_bytes(model.SerializeToString())
        done = run("check", "model.onnx", "other.onnx", "--json")
        assert done.exit == (2 if runs else 0)
        assert bool(json.loads(done.stdout)["check"]["certification"]["changes"]) == runs


def test_check_looks_into_both_bodies_where_a_caller_may_give_the_condition(folder):
    (folder / "model.onnx").write_bytes(overridable().SerializeToString())
    model = overridable()
    (choice,) = (n for n in model.graph.node if n.op_type == "If")
    next(a.g for a in choice.attribute if a.name == "else_branch").node[0].op_type = "Neg"
    (folder / "other.onnx").write_bytes(model.SerializeToString())
    done = run("check", "model.onnx", "other.onnx", "--json")
    assert len(json.loads(done.stdout)["check"]["certification"]["changes"]) == 1
