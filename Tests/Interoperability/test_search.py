"""Graphs on which looking for ways could take time that grows faster than they do: done, in time and in memory."""

import time

import numpy as np
import onnx
import pytest
from onnx import helper

from builders import Graph
from command import fuse
from oracles import assert_equivalent
from test_hostile import MEBIBYTE, measured

SECONDS = 10
MEMORY = 200 * MEBIBYTE


def crossed(graph, x, stages, kind):
    """Cuts a value of two channels in two and joins them in the other order, again and again."""
    if kind == "Slice":
        for name, number in (("s0", 0), ("s1", 1), ("s2", 2), ("axis", 1)):
            graph.initializer(name, np.array([number]))
    for stage in range(stages):
        parts = [f"p{stage}", f"q{stage}"]
        if kind == "Split":
            graph.node("Split", [x], parts, axis=1)
        else:
            graph.node("Slice", [x, "s0", "s1", "axis"], parts[0])
            graph.node("Slice", [x, "s1", "s2", "axis"], parts[1])
        x = graph.node("Concat", parts[::-1], f"r{stage}", axis=1)
    return x


def chain(stages, kind, forward):
    graph = Graph()
    graph.input("x", [1, 2, 4, 4])
    graph.weight("w", [2, 2, 1, 1])
    if forward:
        value = crossed(graph, graph.norm(graph.relu("x", "q"), "n", 2), stages, kind)
        graph.convolution(value, "y", "w")
    else:
        graph.norm(crossed(graph, graph.convolution("x", "c", "w"), stages, kind), "y", 2)
    graph.output("y", [1, 2, 4, 4])
    return graph.model()


@pytest.mark.parametrize("stages", [1, 40, 160])
@pytest.mark.parametrize(("kind", "forward"), [("Split", True), ("Split", False), ("Slice", True)])
def test_a_norm_goes_through_stages_that_divide_and_join(stages, kind, forward):
    model = chain(stages, kind, forward)
    result = fuse(model, proved=False, seconds=SECONDS)
    assert result.report["summary"]["folded"] == 1
    assert_equivalent(model, result.model)


def test_a_value_with_two_readers_on_the_way_backward_keeps_its_norm():
    result = fuse(chain(40, "Slice", False), proved=False, seconds=SECONDS)
    assert [d["code"] for d in result.report["declined"]] == ["activation-shared"]


def ladder(rungs, kind):
    """Norms in sums of sums."""
    graph = Graph()
    graph.input("x", [1, 2, 4, 4])
    value = "x"
    for rung in range(rungs):
        source = value if kind in ("residual", "convolution") else "x"
        graph.norm(source, f"n{rung}", 2)
        if kind in ("convolution", "branches"):
            graph.weight(f"w{rung}", [2, 2, 1, 1])
            graph.convolution(source, f"c{rung}", f"w{rung}")
            graph.node("Add", [f"c{rung}", f"n{rung}"], f"t{rung}")
        term = f"t{rung}" if kind in ("convolution", "branches") else f"n{rung}"
        value = term if kind == "convolution" else graph.node("Add", [value, term], f"s{rung}")
    graph.output(graph.relu(value, "y"), [1, 2, 4, 4])
    return graph.model()


@pytest.mark.parametrize(
    ("kind", "folded"), [("residual", 0), ("star", 0), ("convolution", 640), ("branches", 640)]
)
def test_a_ladder_of_sums_takes_time_in_proportion(folder, kind, folded):
    model = ladder(640, kind)
    start = time.monotonic()
    result = fuse(model, proved=False, again=False, seconds=SECONDS)
    print(f"{time.monotonic() - start:.2f} s")
    assert result.report["summary"]["folded"] == folded
    assert {d["code"] for d in result.report["declined"]} <= {"activation-shared", "no-linear-producer"}


def branches_of_one_weight(count):
    """Ifs whose branches have norms behind operators of one weight."""
    graph = Graph()
    graph.input("x", [1, 2, 4, 4])
    graph.input("k", [], dtype="bool")
    graph.weight("w", [2, 2, 1, 1])
    for index in range(count):
        bodies = []
        for branch in ("t", "e"):
            body = Graph(name=branch, seed=index)
            end = f"{branch}{index}"
            body.convolution("x", f"{end}_c", "w")
            body.output(body.norm(f"{end}_c", end, 2), [1, 2, 4, 4])
            bodies.append(body.proto)
        graph.node("If", ["k"], f"y{index}", then_branch=bodies[0], else_branch=bodies[1])
        graph.output(f"y{index}", [1, 2, 4, 4])
    return graph.model()


@pytest.mark.parametrize("count", [1, 200])
def test_ifs_that_share_a_weight_are_told_of_once(count):
    result = fuse(branches_of_one_weight(count), proved=False, again=False, seconds=SECONDS)
    assert result.report["summary"]["folded"] == 2 * count
    (warning,) = (w for w in result.report["warnings"] if w["code"] == "weight-duplicated")
    assert f"; {2 * count - 1} copies add {(2 * count - 1) * 16} bytes" in warning["text"]


def test_operators_that_share_a_weight_are_told_of_in_one_line(folder):
    count = 4000
    graph = Graph()
    graph.input("x", [1, 2, 1, 1])
    graph.weight("w", [2, 2, 1, 1])
    names = graph.norm_parameters("n", 2)
    for index in range(count):
        graph.convolution("x", f"c{index}", "w", name="")
        graph.node("BatchNormalization", [f"c{index}", *names], f"n{index}", name="")
        graph.output(graph.node("Tanh", [f"n{index}"], f"y{index}", name=""), [1, 2, 1, 1])
    result = fuse(graph.model(), proved=False, again=False, seconds=SECONDS)
    assert result.report["summary"]["folded"] == count
    (line,) = (line for line in result.stdout.splitlines() if "weight-duplicated" in line)
    assert f"; {count - 1} copies add {16 * (count - 1)} bytes" in line
    assert sum("weight-duplicated" in fold["warnings"] for fold in result.report["folds"]) == count - 1


CHAINS = {
    "Identity": lambda x, y: helper.make_node("Identity", [x], [y]),
    "Relu": lambda x, y: helper.make_node("MaxPool", [x], [y], kernel_shape=[1, 1]),
    "Add": lambda x, y: helper.make_node("Add", [x, "k"], [y]),
    "Sum": lambda x, y: helper.make_node("Add", [x, "x"], [y]),
    "norm": lambda x, y: helper.make_node("BatchNormalization", [x, "g", "b", "m", "v"], [y]),
}


def rows(kind, length, constant):
    """A row of nodes between a Conv and a norm, or between a stored weight and its Conv."""
    first, last = ("w", "x") if constant else ("c", "y")
    names = [first, *(f"r{index}" for index in range(length))]
    row = [CHAINS[kind](*pair) for pair in zip(names, names[1:], strict=False)]
    conv = helper.make_node("Conv", ["x", names[-1] if constant else "w"], ["c"])
    norm = helper.make_node("BatchNormalization", ["c" if constant else names[-1], "g", "b", "m", "v"], ["y"])
    graph = Graph()
    graph.input("x", [1, 2, 1, 1])
    graph.initializer("k", np.float32([[[[1e-4]]]]))
    graph.weight("w", [2, 2, 1, 1])
    for name, value in zip("gbmv", ([1, 1], [0, 0], [0, 0], [1, 1]), strict=True):
        graph.initializer(name, np.float32(value))
    graph.proto.node.extend([*row, conv, norm] if constant else [conv, *row, norm])
    graph.output("y", [1, 2, 1, 1])
    return graph.model()


@pytest.mark.parametrize("constant", [False, True])
@pytest.mark.parametrize("kind", CHAINS)
def test_rows_of_thousands_of_nodes_need_little_stack(folder, kind, constant):
    """20,000 with a stack of 1 MiB; the kinds whose maps grow on the way may end in a limit."""
    model = rows(kind, 20000, constant).SerializeToString()
    status, error, peak, seconds = measured(folder, model, stack=1 << 20)
    print(f"{peak / MEBIBYTE:.0f} MiB, {seconds:.2f} s")
    assert status == 0, error
    assert peak < 2 * MEMORY


@pytest.mark.parametrize("count", [2, 2000, 20000])
def test_functions_that_call_one_another_in_a_row_need_little_stack(folder, count):
    graph = Graph()
    graph.input("x", [1, 2, 1, 1])
    graph.weight("w", [2, 2, 1, 1])
    graph.convolution("x", "c", "w")
    graph.node("f0", ["c"], "z", domain="d")
    graph.output(graph.norm("z", "y", 2), [1, 2, 1, 1])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("d", 1)]
    functions = []
    for index in range(count):
        call = index < count - 1
        node = helper.make_node(f"f{index + 1}" if call else "Relu", ["a"], ["b"], domain="d" if call else "")
        functions.append(helper.make_function("d", f"f{index}", ["a"], ["b"], [node], opsets))
    model = graph.model(domains=["d"], functions=functions)
    status, error, peak, seconds = measured(folder, model.SerializeToString(), stack=1 << 20)
    print(f"{peak / MEBIBYTE:.0f} MiB, {seconds:.2f} s")
    assert status == 0, error
    assert peak < MEMORY


def gamma(*nodes, **constants):
    """Conv and a norm whose gamma of two channels is what nodes make of constants."""
    graph = Graph()
    graph.input("x", [1, 2, 4, 4])
    graph.weight("w", [2, 2, 1, 1])
    for name, value in constants.items():
        graph.initializer(name, np.asarray(value))
    for operator, inputs, output, attributes in nodes:
        graph.node(operator, inputs, output, **attributes)
    graph.convolution("x", "c", "w")
    graph.norm("c", "y", 2, gamma="gamma")
    graph.output("y", [1, 2, 4, 4])
    return graph.model()


def shrunk(value):
    """The largest element, for two channels."""
    return [("ReduceMax", [value], "most", {"keepdims": 0}), ("Expand", ["most", "two"], "gamma", {})]


ONE = np.float32([[1, 2]])
TWO = np.int64([2])
HUGE = 500_000_000

LARGE = {
    "ConstantOfShape": (("ConstantOfShape", ["size"], "big", {}), {"size": [HUGE]}),
    "Expand": (("Expand", ["one", "size"], "big", {}), {"one": ONE, "size": [HUGE // 2, 2]}),
    "Tile": (("Tile", ["one", "size"], "big", {}), {"one": ONE, "size": [HUGE // 2, 1]}),
    "Range": (
        ("Range", ["from", "to", "by"], "big", {}),
        {"from": np.float32(0), "to": np.float32(HUGE), "by": np.float32(1)},
    ),
    "Resize": (
        ("Resize", ["one", "", "", "size"], "big", {"mode": "nearest"}), {"one": ONE, "size": [HUGE // 2, 2]},
    ),
    "Pad": (("Pad", ["one", "size"], "big", {}), {"one": ONE, "size": [HUGE // 2, 0, 0, 0]}),
    "EyeLike": (("EyeLike", ["shape_only"], "big", {}), {}),
    "OneHot": (
        ("OneHot", ["index", "depth", "values"], "big", {}),
        {"index": [0, 1], "depth": np.int64(HUGE // 2), "values": np.float32([0, 1])},
    ),
}


@pytest.mark.parametrize("operator", LARGE)
def test_a_few_bytes_cannot_ask_for_more_constants_than_the_file_has_room_for(folder, operator):
    node, constants = LARGE[operator]
    first = [("ConstantOfShape", ["size"], "shape_only", {})] if operator == "EyeLike" else []
    if first:
        constants = {"size": [1 << 14, 1 << 14]}
    model = gamma(*first, node, *shrunk("big"), two=TWO, **{k: np.asarray(v) for k, v in constants.items()})
    assert_declined_in_bounds(folder, model)


def test_constants_that_double_one_another_count_together(folder):
    nodes = [("Concat", [f"d{i}", f"d{i}"], f"d{i + 1}", {"axis": 0}) for i in range(28)]
    assert_declined_in_bounds(folder, gamma(*nodes, *shrunk("d28"), two=TWO, d0=ONE))


def test_products_of_constants_count_by_their_work(folder):
    nodes = [("ConstantOfShape", ["size"], "a", {})]
    nodes += [("MatMul", [f"{'a' if i == 0 else f'm{i}'}", "a"], f"m{i + 1}", {}) for i in range(12)]
    assert_declined_in_bounds(folder, gamma(*nodes, *shrunk("m12"), two=TWO, size=np.int64([1000, 1000])))


def test_many_norms_count_together(folder):
    """Each of them asks for a little."""
    graph = Graph()
    value = graph.input("x", [1, 2, 4, 4])
    graph.initializer("two", TWO)
    graph.initializer("size", np.int64([1 << 20]))
    parameters = graph.norm_parameters("n", 2)
    for index in range(200):
        graph.weight(f"w{index}", [2, 2, 1, 1])
        graph.node("ConstantOfShape", ["size"], f"big{index}")
        graph.node("ReduceMax", [f"big{index}"], f"most{index}", keepdims=0)
        graph.node("Expand", [f"most{index}", "two"], f"gamma{index}")
        graph.convolution(value, f"c{index}", f"w{index}")
        value = graph.node("BatchNormalization", [f"c{index}", f"gamma{index}", *parameters[1:]], f"n{index}")
    graph.output(value, [1, 2, 4, 4])
    status, error, peak, seconds = measured(folder, graph.model().SerializeToString())
    print(f"{peak / MEBIBYTE:.0f} MiB, {seconds:.2f} s")
    assert status == 0, error
    assert peak < MEMORY


def test_a_constant_within_the_allowance_folds():
    model = gamma(("ConstantOfShape", ["size"], "big", {}), *shrunk("big"), two=TWO, size=np.int64([1 << 16]))
    result = fuse(model)
    assert result.report["summary"]["folded"] == 1


def assert_declined_in_bounds(folder, model):
    data = model.SerializeToString()
    assert len(data) < 4000
    onnx.checker.check_model(model)
    status, error, peak, seconds = measured(folder, data)
    print(f"{peak / MEBIBYTE:.0f} MiB, {seconds:.2f} s")
    assert status == 0, error
    assert peak < MEMORY
    assert seconds < SECONDS
    result = fuse(model, proved=False)
    (decline,) = result.report["declined"]
    assert decline["code"] == "parameter-not-constant"
    # What is larger than an operator has channels is not followed at all.
    reasons = ("takes more to work out than the model's size allows", "is computed when the model runs")
    assert decline["reason"].endswith(reasons), decline["reason"]
