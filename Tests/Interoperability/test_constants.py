"""Where constants come from, how they are stored, and who else reads them."""

import numpy as np
import pytest
from onnx import helper, numpy_helper

from builders import Graph, conv_norm, find, tensor, value_info
from command import fuse, warning_codes
from judge import assert_unchanged, judge
from oracles import feeds_for

PARAMETERS = ["gamma", "beta", "mean", "variance"]


def constant_node(graph, name, value, form):
    """Makes a constant value by a node instead of an initializer."""
    value = np.asarray(value, np.float32)
    if form == "value":
        graph.node("Constant", [], name, value=numpy_helper.from_array(value))
    elif form == "value_float":
        graph.node("Constant", [], name, value_float=float(value))
    elif form == "value_floats":
        graph.node("Constant", [], name, value_floats=value.tolist())
    elif form == "identity of an initializer":
        graph.initializer(f"{name}_source", value)
        graph.node("Identity", [f"{name}_source"], name)
    elif form == "identity of a constant":
        graph.node("Constant", [], f"{name}_source", value=numpy_helper.from_array(value))
        graph.node("Identity", [f"{name}_source"], f"{name}_between")
        graph.node("Identity", [f"{name}_between"], name)
    elif form == "constant of shape":
        graph.initializer(f"{name}_shape", np.array(value.shape, np.int64))
        fill = numpy_helper.from_array(value.reshape(-1)[:1])
        graph.node("ConstantOfShape", [f"{name}_shape"], name, value=fill)
    else:
        raise ValueError(form)
    return name


FORMS = ["value", "value_floats", "identity of an initializer", "identity of a constant", "constant of shape"]


@pytest.mark.parametrize("kind", [*PARAMETERS, "b", "all"])
@pytest.mark.parametrize("form", FORMS)
def test_parameters_and_bias_come_from_nodes(form, kind):
    graph = Graph(seed=3)
    graph.input("x", [2, 3, 6, 6])
    graph.weight("w", [4, 3, 3, 3])
    given = {}
    for name in [*PARAMETERS, "b"]:
        value = graph.random.uniform(0.5, 1.5, 4)
        value = np.full(4, value[0]) if form == "constant of shape" else value
        if kind in (name, "all"):
            given[name] = constant_node(graph, f"made_{name}", value, form)
        else:
            given[name] = graph.initializer(f"plain_{name}", value.astype(np.float32))
    bias = given.pop("b")
    graph.convolution("x", "c", "w", bias, name="conv")
    graph.norm("c", "y", 4, **given)
    graph.output("y", [2, 4, 4, 4])
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=1, declined=[])
    left = [n.output[0] for n in result.model.graph.node if n.op_type != "Conv"]
    assert not [name for name in left if name in given.values()], "dead constants are kept"


@pytest.mark.parametrize("form", ["value", "identity of an initializer", "identity of a constant", "constant of shape"])
@pytest.mark.parametrize("operator", ["Conv", "ConvTranspose", "Gemm", "MatMul"])
def test_weights_come_from_nodes(operator, form):
    graph = Graph(seed=3)
    spatial = operator.startswith("Conv")
    graph.input("x", [2, 4, 3, 3] if spatial else [2, 4])
    value = graph.array([4, 4, 2, 2] if spatial else [4, 4])
    constant_node(graph, "w", np.full_like(value, 0.3) if form == "constant of shape" else value, form)
    graph.node(operator, ["x", "w"], "c", name="operator")
    graph.norm("c", "y", 4)
    graph.output("y", [2, 4] + [None] * (2 if spatial else 0))
    model = graph.model()
    judge(model, fuse(model), folded=1, declined=[])


@pytest.mark.parametrize("form", ["value_float", "value", "constant of shape", "identity of an initializer"])
def test_a_scalar_to_add_comes_from_a_node(form):
    graph = Graph()
    graph.input("x", [2, 3])
    graph.weight("w", [3, 4])
    graph.node("MatMul", ["x", "w"], "p")
    constant_node(graph, "shift", np.float32(0.7).reshape([] if form != "constant of shape" else [1]), form)
    graph.node("Add", ["shift", "p"], "s")
    graph.norm("s", "y", 4)
    graph.output("y", [2, 4])
    model = graph.model()
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize("ir", [3, 8])
@pytest.mark.parametrize("opset", [9, 17])
def test_constant_of_shape_of_an_initializer_that_is_also_an_input(opset, ir):
    """Below IR 4 every initializer is listed as an input and yet constant; later it could be overridden."""
    graph = Graph(opset=opset)
    graph.input("x", [2, 3, 6, 6])
    constant_node(graph, "w", np.full([4, 3, 3, 3], 0.2), "constant of shape")
    graph.convolution("x", "c", "w")
    graph.norm("c", "y", 4)
    graph.output("y", [2, 4, 4, 4])
    model = graph.model(ir=ir)
    if ir < 4:
        judge(model, fuse(model), folded=1)
    else:
        model.graph.input.append(value_info("w_shape", [4], "int64"))
        assert_unchanged(model, fuse(model), {"overridable-initializer", "weight-not-constant"})


@pytest.mark.parametrize("ir", [3, 8])
@pytest.mark.parametrize("typed", [False, True], ids=["raw", "typed"])
@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
def test_below_ir_4_a_new_initializer_is_listed_among_the_inputs(bias, typed, ir):
    model = conv_norm(opset=9, ir=ir, bias=bias, typed=typed)
    result = fuse(model)
    judge(model, result, folded=1)
    listed = {value.name for value in result.model.graph.input}
    names = {t.name for t in result.model.graph.initializer}
    assert (names <= listed) == (ir < 4) and len(names) == 2


@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize("norms", [1, 2])
def test_two_convolutions_share_a_weight(norms, bias):
    graph = Graph()
    graph.input("x", [1, 3, 6, 6])
    graph.weight("w", [4, 3, 3, 3])
    if bias:
        graph.weight("b", [4])
    for i in (1, 2):
        graph.convolution("x", f"c{i}", "w", "b" if bias else None, name=f"conv{i}")
        if i <= norms:
            graph.norm(f"c{i}", f"y{i}", 4, name=f"bn{i}")
        else:
            graph.relu(f"c{i}", f"y{i}")
        graph.output(f"y{i}", [1, 4, 4, 4])
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=norms, declined=[])
    if norms == 1:
        assert find(result.model, "c2").input[1] == "w"
    warnings = [w for w in result.report["warnings"] if w["code"] == "weight-duplicated"]
    assert warnings and "weight-duplicated" in warning_codes(result.report)
    assert any(str(4 * 3 * 9 * 4) in w["text"].replace(",", "") for w in warnings), "the text tells the bytes"


def test_a_bias_is_shared_with_a_convolution_that_has_no_norm():
    graph = Graph()
    graph.input("x", [1, 3, 6, 6])
    graph.weight("b", [4])
    for i in (1, 2):
        graph.weight(f"w{i}", [4, 3, 3, 3])
        graph.convolution("x", f"c{i}", f"w{i}", "b")
    graph.norm("c1", "y1", 4)
    graph.output("y1", [1, 4, 4, 4])
    graph.output("c2", [1, 4, 4, 4])
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=1)
    assert np.array_equal(tensor(result.model, "b"), tensor(model, "b"))


def test_parameters_are_shared_by_two_norms():
    graph = Graph()
    graph.input("x", [1, 3, 6, 6])
    shared = dict(zip(PARAMETERS, graph.norm_parameters("shared", 4)))
    for i in (1, 2):
        graph.weight(f"w{i}", [4, 3, 3, 3])
        graph.convolution("x", f"c{i}", f"w{i}")
        graph.norm(f"c{i}", f"y{i}", 4, **shared)
        graph.output(f"y{i}", [1, 4, 4, 4])
    model = graph.model()
    judge(model, fuse(model), folded=2)


def test_parameters_of_a_declined_norm_stay():
    graph = Graph()
    graph.input("x", [1, 3, 6, 6])
    shared = dict(zip(PARAMETERS, graph.norm_parameters("shared", 4)))
    graph.weight("w", [4, 3, 3, 3])
    graph.convolution("x", "c", "w")
    graph.norm("c", "y", 4, **shared)
    graph.relu("c", "r")
    graph.convolution("x", "c2", "w")
    graph.norm("c2", "y2", 4, **shared)
    for name in ("y", "r", "y2"):
        graph.output(name, [1, 4, 4, 4])
    model = graph.model()
    judge(model, fuse(model), folded=1, declined=["activation-shared"])


@pytest.mark.parametrize("kind", PARAMETERS)
def test_the_bias_of_the_operator_is_also_a_parameter_of_the_norm(kind):
    graph = Graph()
    graph.input("x", [1, 3, 6, 6])
    graph.weight("w", [4, 3, 3, 3])
    graph.initializer("b", graph.array([4], low=0.5, high=2))
    graph.convolution("x", "c", "w", "b")
    graph.norm("c", "y", 4, **{kind: "b"})
    graph.output("y", [1, 4, 4, 4])
    model = graph.model()
    judge(model, fuse(model), folded=1)


def test_one_vector_serves_as_every_parameter():
    graph = Graph()
    graph.input("x", [1, 3, 6, 6])
    graph.weight("w", [4, 3, 3, 3])
    graph.initializer("v", graph.array([4], low=0.5, high=2))
    graph.convolution("x", "c", "w", "v")
    graph.norm("c", "y", 4, **dict.fromkeys(PARAMETERS, "v"))
    graph.output("y", [1, 4, 4, 4])
    model = graph.model()
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize("name", ["w", "b", "y_gamma", "y_mean"])
def test_a_constant_that_is_also_a_graph_output_keeps_its_value(name):
    model = conv_norm()
    size = list(next(t for t in model.graph.initializer if t.name == name).dims)
    model.graph.output.append(value_info(name, size))
    result = fuse(model)
    judge(model, result, folded=1)
    assert np.array_equal(tensor(result.model, name), tensor(model, name))


def test_a_parameter_that_another_node_reads_keeps_its_value():
    model = conv_norm()
    model.graph.node.append(helper.make_node("Relu", ["y_beta"], ["r"], name="other"))
    model.graph.output.append(value_info("r", [4]))
    result = fuse(model)
    judge(model, result, folded=1)
    assert [t.name for t in result.model.graph.initializer if t.name.startswith("y_")] == ["y_beta"]


@pytest.mark.parametrize("taken", ["w", "c", "b"])
def test_new_names_never_collide(taken):
    """Names that a tool would think of first are in use already, by others, also in a subgraph."""
    model = conv_norm(bias=taken == "b")
    stems = [taken, "conv", "y", "bn", "w", "b", "c", "y_beta", "conv.bias", "w_bias"]
    endings = ["_bias", ".bias", "_fused", "_folded", "_bn", "_1", "_0", "_2", "_weight", ".weight", "/bias", "_shift"]
    names = sorted({stem + ending for stem in stems for ending in endings} - {t.name for t in model.graph.initializer})
    for name in names:
        model.graph.node.add(op_type="Relu", name=f"n_{name}", input=["x"], output=[name])
    model.graph.node.add(op_type="Sum", name="sum", input=names, output=["all"])
    model.graph.output.append(value_info("all", [2, 3, 6, 6]))
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_packed_typed_storage_is_folded_without_raw_data(dtype):
    model = conv_norm(dtype=dtype, typed=True)
    result = fuse(model)
    judge(model, result, folded=1, feeds=feeds_for(model))
    assert tensor(result.model, find(result.model, "y").input[1]).dtype == np.dtype(dtype)
