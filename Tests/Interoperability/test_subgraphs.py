"""Norms inside the bodies of If, Loop and Scan, and inside local functions."""

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from builders import Graph, operators, tensor, value_info
from command import fuse
from judge import assert_unchanged, judge
from oracles import assert_equivalent, check, feeds_for

SHAPE = [1, 4, 4, 4]


def conv_and_norm(graph, x, y, own, weights="w", name=""):
    """Conv → norm in a body; its constants are the body's own, or those of `outer_constants`."""
    if own:
        graph.weight(f"{name}w", [4, 4, 3, 3])
        graph.convolution(x, f"{name}c", f"{name}w", name=f"{name}conv", pads=[1, 1, 1, 1])
        graph.norm(f"{name}c", y, 4, name=f"{name}bn")
    else:
        graph.convolution(x, f"{name}c", weights, "b", name=f"{name}conv", pads=[1, 1, 1, 1])
        parameters = {kind: f"outer_{kind}" for kind in ("gamma", "beta", "mean", "variance")}
        graph.norm(f"{name}c", y, 4, name=f"{name}bn", **parameters)


def outer_constants(graph):
    graph.weight("w", [4, 4, 3, 3])
    graph.weight("b", [4])
    graph.norm_parameters("outer", 4)


def branch(own, seed, name, result):
    body = Graph(name=name, seed=seed)
    conv_and_norm(body, "x", result, own, name=name)
    body.output(result, SHAPE)
    return body.proto


def with_if(then_own, else_own):
    graph = Graph()
    graph.input("x", SHAPE)
    graph.input("which", [], dtype="bool")
    if not (then_own and else_own):
        outer_constants(graph)
    branches = {
        "then_branch": branch(then_own, 2, "then", "then_y"),
        "else_branch": branch(else_own, 3, "else", "else_y"),
    }
    graph.node("If", ["which"], "y", name="if", **branches)
    graph.output("y", SHAPE)
    return graph.model()


def both_ways(model):
    for which in (True, False):
        yield feeds_for(model) | {"which": np.array(which)}


@pytest.mark.parametrize("else_own", [True, False], ids=["own", "outer"])
@pytest.mark.parametrize("then_own", [True, False], ids=["own", "outer"])
def test_folds_in_both_branches_of_an_if(then_own, else_own):
    model = with_if(then_own, else_own)
    result = fuse(model)
    judge(model, result, folded=2, declined=[])
    for feeds in both_ways(model):
        assert assert_equivalent(model, result.model, feeds) >= {"onnxruntime"}


def test_both_branches_may_use_the_same_names():
    model = with_if(True, True)
    for attribute in model.graph.node[0].attribute:
        prefix = attribute.g.name
        for node in attribute.g.node:
            for names in (node.input, node.output):
                names[:] = [n.removeprefix(prefix) if n != "x" else n for n in names]
            node.name = node.name.removeprefix(prefix)
        for value in [*attribute.g.initializer, *attribute.g.output]:
            value.name = value.name.removeprefix(prefix)
        renamed = {n for node in attribute.g.node for n in node.output}
        assert attribute.g.output[0].name in renamed
    result = fuse(model)
    check(result.model, like=model)
    assert result.report["summary"]["folded"] == 2
    for feeds in both_ways(model):
        assert_equivalent(model, result.model, feeds)


def test_the_weight_of_a_branch_is_also_read_outside():
    """The outer weight is read by the branch's Conv and by one in the main graph without a norm."""
    graph = Graph()
    graph.input("x", SHAPE)
    graph.input("which", [], dtype="bool")
    outer_constants(graph)
    graph.convolution("x", "plain", "w", "b", pads=[1, 1, 1, 1])
    graph.node(
        "If", ["which"], "y", then_branch=branch(False, 2, "then", "then_y"), else_branch=branch(True, 3, "else", "e")
    )
    graph.output("y", SHAPE)
    graph.output("plain", SHAPE)
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=2)
    assert np.array_equal(tensor(result.model, "w"), tensor(model, "w"))


@pytest.mark.parametrize("own", [True, False], ids=["own", "outer"])
def test_folds_in_the_body_of_a_loop(own):
    body = Graph(name="body", seed=4)
    body.input("i", [], dtype="int64")
    body.input("go_on", [], dtype="bool")
    body.input("state", SHAPE)
    body.node("Identity", ["go_on"], "again")
    conv_and_norm(body, "state", "next", own)
    body.output("again", [], dtype="bool")
    body.output("next", SHAPE)
    graph = Graph()
    graph.input("x", SHAPE)
    graph.initializer("count", np.array(3, np.int64))
    graph.initializer("yes", np.array(True))
    if not own:
        outer_constants(graph)
    graph.node("Loop", ["count", "yes", "x"], "y", body=body.proto, name="loop")
    graph.output("y", SHAPE)
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=1, declined=[])
    assert "onnxruntime" in result.oracles


@pytest.mark.parametrize("own", [True, False], ids=["own", "outer"])
def test_folds_in_the_body_of_a_scan(own):
    body = Graph(name="body", seed=4)
    body.input("state", SHAPE)
    body.input("item", SHAPE)
    body.node("Add", ["state", "item"], "sum")
    conv_and_norm(body, "sum", "next", own)
    body.node("Identity", ["next"], "scanned")
    body.output("next", SHAPE)
    body.output("scanned", SHAPE)
    graph = Graph()
    graph.input("x", SHAPE)
    graph.input("items", [3, *SHAPE])
    if not own:
        outer_constants(graph)
    graph.node("Scan", ["x", "items"], ["y", "all"], body=body.proto, num_scan_inputs=1)
    graph.output("y", SHAPE)
    graph.output("all", [3, *SHAPE])
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=1, declined=[])
    assert "onnxruntime" in result.oracles


def test_a_body_input_shadows_nothing_but_is_no_constant():
    """The Conv's weight is a loop-carried value: not constant, whatever its first value is."""
    body = Graph(name="body")
    body.input("i", [], dtype="int64")
    body.input("go_on", [], dtype="bool")
    body.input("kernel", [4, 4, 1, 1])
    body.node("Identity", ["go_on"], "again")
    body.node("Identity", ["kernel"], "next")
    body.convolution("x", "c", "kernel")
    body.norm("c", "n", 4)
    body.output("again", [], dtype="bool")
    body.output("next", [4, 4, 1, 1])
    body.output("n", SHAPE)
    graph = Graph()
    graph.input("x", SHAPE)
    graph.weight("first", [4, 4, 1, 1])
    graph.initializer("count", np.array(2, np.int64))
    graph.node("Loop", ["count", "", "first"], ["last", "y"], body=body.proto)
    graph.output("y", [2, *SHAPE])
    model = graph.model()
    assert_unchanged(model, fuse(model), "weight-not-constant")


def test_nested_bodies_fold_at_every_level():
    def level(depth):
        body = Graph(name=f"level{depth}", seed=depth)
        conv_and_norm(body, "x", f"n{depth}", True, name=f"l{depth}_")
        value = f"n{depth}"
        if depth < 3:
            inner = level(depth + 1)
            other = Graph(name=f"other{depth}")
            other.node("Identity", [value], f"o{depth}")
            other.output(f"o{depth}", SHAPE)
            value = body.node("If", ["which"], f"i{depth}", then_branch=inner, else_branch=other.proto)
        body.output(value, SHAPE)
        return body.proto

    graph = Graph()
    graph.input("x", SHAPE)
    graph.input("which", [], dtype="bool")
    graph.node("If", ["which"], "y", then_branch=level(1), else_branch=branch(True, 9, "else", "e"))
    graph.output("y", SHAPE)
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=4, declined=[])
    for feeds in both_ways(model):
        assert_equivalent(model, result.model, feeds)


@pytest.mark.parametrize("captured", ["c", "y"])
def test_a_captured_activation_is_declined_but_a_captured_result_is_not(captured):
    graph = Graph()
    graph.input("x", SHAPE)
    graph.input("which", [], dtype="bool")
    graph.weight("w", [4, 4, 1, 1])
    graph.convolution("x", "c", "w")
    graph.norm("c", "y", 4)
    bodies = {}
    for name in ("then_branch", "else_branch"):
        body = Graph(name=name)
        body.node("Relu", [captured if name == "then_branch" else "x"], f"{name}_r")
        body.output(f"{name}_r", SHAPE)
        bodies[name] = body.proto
    graph.node("If", ["which"], "z", **bodies)
    graph.output("y", SHAPE)
    graph.output("z", SHAPE)
    model = graph.model()
    if captured == "c":
        assert_unchanged(model, fuse(model), "activation-captured", runs=True)
    else:
        judge(model, fuse(model), folded=1)


def test_an_activation_that_is_the_output_of_a_body_is_declined():
    body = Graph(name="then")
    conv_and_norm(body, "x", "n", True)
    body.output("c", SHAPE)
    body.output(body.node("Relu", ["n"], "r"), SHAPE)
    other = Graph(name="else", seed=3)
    conv_and_norm(other, "x", "e", True, name="else")
    other.output("e", SHAPE)
    other.output(other.node("Relu", ["x"], "f"), SHAPE)
    graph = Graph()
    graph.input("x", SHAPE)
    graph.input("which", [], dtype="bool")
    graph.node("If", ["which"], ["y", "z"], then_branch=body.proto, else_branch=other.proto)
    graph.output("y", SHAPE)
    graph.output("z", SHAPE)
    model = graph.model()
    judge(model, fuse(model), folded=1, declined=["activation-is-output"])


def function(constant):
    """A local function Conv → norm whose constants are its inputs, or nodes of its own."""
    graph = Graph()
    graph.input("x", SHAPE)
    names = {"w": graph.array([4, 4, 1, 1])}
    for kind in ("gamma", "beta", "mean", "variance"):
        names[kind] = graph.array([4], low=0.5, high=2)
    nodes, inputs = [], ["fx"]
    for name, value in names.items():
        if constant:
            nodes.append(helper.make_node("Constant", [], [f"f_{name}"], value=numpy_helper.from_array(value)))
        else:
            inputs.append(f"f_{name}")
            graph.initializer(name, value)
    nodes.append(helper.make_node("Conv", ["fx", "f_w"], ["fc"], name="fconv"))
    parameters = ["f_gamma", "f_beta", "f_mean", "f_variance"]
    nodes.append(helper.make_node("BatchNormalization", ["fc", *parameters], ["fy"], name="fbn"))
    imports = [helper.make_opsetid("", 17)]
    body = helper.make_function("local", "Block", inputs, ["fy"], nodes, imports)
    graph.node("Block", ["x", *([] if constant else names)], "y", domain="local")
    graph.output("y", SHAPE)
    return graph.model(domains=["local"], functions=[body])


def test_a_norm_whose_weights_are_inputs_of_its_function_is_declined():
    model = function(constant=False)
    assert_unchanged(model, fuse(model), "function-parameter", runs=True)


def test_a_norm_with_constants_inside_a_function_is_right_either_way():
    model = function(constant=True)
    result = fuse(model)
    assert result.exit == 0 and result.report["summary"]["batchNorms"] == 1
    check(result.model, like=model)
    assert_equivalent(model, result.model)


def test_a_function_that_is_not_touched_stays_as_it_is():
    model = function(constant=False)
    model.graph.node.append(onnx.NodeProto(op_type="Conv", name="conv", input=["y", "w"], output=["c"]))
    graph = Graph(seed=8)
    graph.norm("c", "z", 4)
    model.graph.node.extend(graph.proto.node)
    model.graph.initializer.extend(graph.proto.initializer)
    model.graph.output.append(value_info("z", SHAPE))
    result = fuse(model)
    judge(model, result, folded=1, declined=["function-parameter"])
    assert operators(result.model) == ["Block", "Conv"]
