"""Every decline code: what must not fold stays, byte for byte, and says why."""

import numpy as np
import pytest
from onnx import helper, numpy_helper

from builders import PARAMETERS, Graph, conv_norm, find, replace, tensor, value_info
from command import fuse, warning_codes
from judge import assert_codes, assert_unchanged, judge
from oracles import assert_equivalent, is_valid


def add_output(model, value, size=(2, 4, 4, 4)):
    model.graph.output.append(value_info(value, list(size)))
    return model


def add_reader(model, value, size=(2, 4, 4, 4)):
    model.graph.node.append(helper.make_node("Relu", [value], [f"{value}_read"], name="reader"))
    return add_output(model, f"{value}_read", size)


def test_no_linear_producer_where_the_norm_reads_a_graph_input():
    graph = Graph()
    graph.input("x", [1, 3, 4, 4])
    graph.norm("x", "y", 3)
    graph.output("y", [1, 3, 4, 4])
    model = graph.model()
    assert_unchanged(model, fuse(model), "no-linear-producer", runs=True)


def test_no_linear_producer_for_a_norm_of_rank_1():
    """A rank-1 value is one channel, however long it is."""
    graph = Graph()
    graph.input("x", [3])
    graph.weight("w", [3, 4])
    graph.node("MatMul", ["x", "w"], "p")
    graph.norm("p", "y", 4)
    graph.output("y", [4])
    model = graph.model()
    assert_unchanged(model, fuse(model), {"channel-axis-differs", "no-linear-producer", "channel-mismatch"})


def test_a_norm_of_rank_1_with_one_channel_does_not_fold_over_the_length():
    graph = Graph()
    graph.input("x", [3])
    graph.weight("w", [3, 1])
    graph.node("MatMul", ["x", "w"], "p")
    graph.norm("p", "y", 1)
    graph.output("y", [1])
    model = graph.model()
    assert_unchanged(model, fuse(model), {"channel-axis-differs", "no-linear-producer", "channel-mismatch"})


def test_activation_shared():
    model = add_reader(conv_norm(), "c")
    assert_unchanged(model, fuse(model), "activation-shared", runs=True)


def test_activation_shared_by_two_norms():
    graph = Graph()
    graph.input("x", [1, 3, 4, 4])
    graph.weight("w", [4, 3, 1, 1])
    graph.convolution("x", "c", "w")
    for name in ("y", "z"):
        graph.norm("c", name, 4)
        graph.output(name, [1, 4, 4, 4])
    model = graph.model()
    assert_unchanged(model, fuse(model), "activation-shared", "activation-shared", runs=True)


def test_activation_shared_within_one_node():
    """The same node reads the activation twice: as the norm's input and as nothing else may be assumed."""
    model = conv_norm()
    model.graph.node.append(helper.make_node("Add", ["c", "y"], ["z"], name="residual"))
    add_output(model, "z")
    assert_unchanged(model, fuse(model), "activation-shared", runs=True)


@pytest.mark.parametrize("between", ["Identity", "Dropout", "Add", "BN"])
def test_activation_shared_behind_something_that_is_passed(between):
    graph = Graph()
    graph.input("x", [2, 3, 6, 6])
    graph.weight("w", [4, 3, 3, 3])
    graph.convolution("x", "c", "w")
    if between == "Add":
        graph.weight("shift", [4, 1, 1])
        graph.node("Add", ["c", "shift"], "v")
    elif between == "BN":
        graph.norm("c", "v", 4)
    else:
        graph.node(between, ["c"], "v")
    graph.norm("v", "y", 4)
    graph.output("y", [2, 4, 4, 4])
    model = add_reader(graph.model(), "v")
    result = fuse(model)
    if between == "BN":
        judge(model, result, folded=1, declined=[{"activation-shared"}])
    elif between == "Add":  # the constant alone folds, which leaves the shared value as it is
        assert_codes([decline["code"] for decline in result.report["declined"]], ["activation-shared"])
        assert result.report["summary"]["affineFolded"] == 1
        assert_equivalent(model, result.model)
    else:
        assert_unchanged(model, result, "activation-shared", runs=True)


def test_activation_is_output():
    model = add_output(conv_norm(), "c")
    assert_unchanged(model, fuse(model), "activation-is-output", runs=True)


@pytest.mark.parametrize(
    ("opset", "attributes", "outputs"),
    [
        (14, {"training_mode": 1}, ["y", "m", "v"]),
        (15, {"training_mode": 1}, ["y", "m", "v"]),
        (15, {"training_mode": 1}, ["y", "", ""]),
        (15, {"training_mode": 1}, ["y"]),
        (1, {"is_test": 0}, ["y"]),
        (6, {"is_test": 0}, ["y"]),
        (6, {"is_test": None}, ["y"]),
        (6, {"is_test": 0}, ["y", "m", "v", "sm", "sv"]),
        (7, {}, ["y", "m", "v", "sm", "sv"]),
        (9, {}, ["y", "m", "v", "sm", "sv"]),
        (13, {}, ["y", "m", "v", "sm", "sv"]),
        # Whatever says training means it, in any operator set.
        (13, {"training_mode": 1}, ["y"]),
        (9, {"training_mode": 1}, ["y"]),
        (7, {"training_mode": 1}, ["y"]),
        (6, {"training_mode": 1}, ["y"]),
        (7, {"is_test": 0}, ["y"]),
        (9, {"is_test": 0}, ["y"]),
        (15, {"is_test": 0}, ["y"]),
        (15, {"is_test": 1, "training_mode": 1}, ["y"]),
        (6, {"is_test": 1}, ["y", "m", "v", "sm", "sv"]),
        (14, {"training_mode": 0}, ["y", "m", "v"]),
        (15, {}, ["y", "m"]),
        (22, {}, ["y", "", "v"]),
    ],
    ids=str,
)
def test_training_mode(opset, attributes, outputs):
    model = conv_norm(opset=opset, attributes=attributes, outputs=outputs)
    assert_unchanged(model, fuse(model), "training-mode")


@pytest.mark.parametrize(("opset", "attributes"), [(15, {"training_mode": 1}), (6, {"is_test": 0})])
def test_training_mode_whose_statistics_are_read(opset, attributes):
    outputs = ["y", "m", "v"] + (["sm", "sv"] if opset < 14 else [])
    model = add_output(conv_norm(opset=opset, attributes=attributes, outputs=outputs), "m", [4])
    assert_unchanged(model, fuse(model), "training-mode")


@pytest.mark.parametrize("opset", [7, 8, 6])
@pytest.mark.parametrize("size", [(4, 4, 4), (4,)], ids=str)
def test_non_spatial(opset, size):
    model = conv_norm(opset=opset, attributes={"spatial": 0}, size=size)
    runs = len(size) == 3
    assert_unchanged(model, fuse(model), "non-spatial", runs=runs)


@pytest.mark.parametrize("kind", PARAMETERS)
@pytest.mark.parametrize("source", ["input", "computed"])
def test_parameter_not_constant(kind, source):
    graph = Graph()
    graph.input("x", [2, 3, 6, 6])
    name = graph.input("p", [4])
    if source == "computed":
        name = graph.node("Abs", ["p"], "computed")
    graph.weight("w", [4, 3, 3, 3])
    graph.convolution("x", "c", "w")
    graph.norm("c", "y", 4, **{kind: name})
    graph.output("y", [2, 4, 4, 4])
    model = graph.model()
    assert_unchanged(model, fuse(model), "parameter-not-constant")


@pytest.mark.parametrize("operator", ["Conv", "ConvTranspose", "Gemm", "MatMul"])
def test_weight_not_constant(operator):
    graph = Graph()
    spatial = operator.startswith("Conv")
    graph.input("x", [2, 4, 5, 5] if spatial else [2, 4])
    graph.input("w", [4, 4, 1, 1] if spatial else [4, 4])
    graph.node(operator, ["x", "w"], "c")
    graph.norm("c", "y", 4)
    graph.output("y", [2, 4, 5, 5] if spatial else [2, 4])
    model = graph.model()
    assert_unchanged(model, fuse(model), "weight-not-constant", runs=True)


@pytest.mark.parametrize("operator", ["Conv", "ConvTranspose", "Gemm"])
def test_bias_not_constant(operator):
    graph = Graph()
    spatial = operator.startswith("Conv")
    graph.input("x", [2, 4, 5, 5] if spatial else [2, 4])
    graph.input("b", [4])
    graph.weight("w", [4, 4, 1, 1] if spatial else [4, 4])
    graph.node(operator, ["x", "w", "b"], "c")
    graph.norm("c", "y", 4)
    graph.output("y", [2, 4, 5, 5] if spatial else [2, 4])
    model = graph.model()
    assert_unchanged(model, fuse(model), "bias-not-constant", runs=True)


@pytest.mark.parametrize("name", ["w", "b", "y_gamma", "y_beta", "y_mean", "y_variance"])
@pytest.mark.parametrize("ir", [4, 8])
def test_overridable_initializer(name, ir):
    model = conv_norm(ir=ir)
    size = list(next(t for t in model.graph.initializer if t.name == name).dims)
    model.graph.input.append(value_info(name, size))
    assert_unchanged(model, fuse(model), "overridable-initializer", runs=True)
    frozen = fuse(model, "--freeze-initializers")
    assert frozen.report["summary"]["folded"] == 1
    assert "frozen-initializer" in warning_codes(frozen.report)
    assert [value.name for value in frozen.model.graph.input] == ["x"], "a frozen input would undo the fold"
    plain = conv_norm(ir=ir)
    judge(plain, fuse(plain), folded=1)
    assert np.array_equal(
        tensor(frozen.model, find(frozen.model, "y").input[1]),
        tensor(fuse(plain).model, find(fuse(plain).model, "y").input[1]),
    )


def test_freezing_leaves_other_inputs_alone():
    """An initializer of no fold keeps its input."""
    model = conv_norm()
    model.graph.initializer.append(numpy_helper.from_array(np.ones(4, np.float32), "other"))
    model.graph.input.append(value_info("other", [4]))
    add_reader(model, "other", [4])
    for options in ((), ("--freeze-initializers",)):
        result = fuse(model, *options)
        judge(model, result, folded=1)
        assert [value.name for value in result.model.graph.input] == ["x", "other"]


@pytest.mark.parametrize("length", [1, 3, 5, 8])
@pytest.mark.parametrize("kind", [*PARAMETERS, "all"])
def test_channel_mismatch(kind, length):
    model = conv_norm()
    for name in PARAMETERS if kind == "all" else [kind]:
        replace(model, f"y_{name}", np.ones(length, np.float32))
    assert_unchanged(model, fuse(model), "channel-mismatch")


def test_channel_mismatch_of_the_bias():
    model = replace(conv_norm(), "b", np.ones(3, np.float32))
    assert_unchanged(model, fuse(model), {"channel-mismatch", "bias-not-constant"})


@pytest.mark.parametrize("size", [(), (1, 4), (4, 1), (2, 2)], ids=str)
def test_parameters_that_are_not_vectors(size):
    model = conv_norm()
    for name in PARAMETERS:
        replace(model, f"y_{name}", np.ones(size, np.float32))
    assert_unchanged(model, fuse(model), "channel-mismatch")


@pytest.mark.parametrize("group", [3, 5])
def test_channel_mismatch_of_groups_that_do_not_divide(group):
    model = conv_norm()
    find(model, "c").attribute.append(helper.make_attribute("group", group))
    result = fuse(model)
    assert result.exit in (0, 1)
    if result.exit == 0:
        assert result.data == model.SerializeToString()


def test_value_pinned():
    model = conv_norm()
    assert_unchanged(model, fuse(model, "--keep-value", "c"), "value-pinned")


@pytest.mark.parametrize("value", ["x", "y", "w"])
def test_keeping_a_value_that_no_fold_changes_declines_nothing(value):
    model = conv_norm()
    result = fuse(model, "--keep-value", value, again=value != "w")
    if value == "w":  # an initializer is a value too, and the fold would change it
        assert result.exit == 0
        if result.report["summary"]["folded"]:
            assert np.array_equal(tensor(result.model, "w"), tensor(model, "w"))
    else:
        judge(model, result, folded=1)


def test_keeping_a_value_in_the_middle_of_a_chain_folds_what_lies_before():
    graph = Graph()
    graph.input("x", [1, 3, 4, 4])
    graph.weight("w", [4, 3, 1, 1])
    graph.convolution("x", "c", "w")
    graph.norm("c", "n", 4)
    graph.norm("n", "y", 4)
    graph.output("y", [1, 4, 4, 4])
    model = graph.model()
    judge(model, fuse(model, "--keep-value", "n"), folded=1, declined=["value-pinned"])


@pytest.mark.parametrize("option", [("--skip", "bn"), ("--skip", "y"), ("--only", "other"), ("--skip", "*")])
def test_excluded(option):
    model = conv_norm()
    assert_unchanged(model, fuse(model, *option), "excluded")


@pytest.mark.parametrize("domain", ["com.example", "ai.onnx.ml", "ONNX", "org.onnx"])
def test_foreign_domain_of_the_norm(domain):
    model = conv_norm()
    find(model, "y").domain = domain
    model.opset_import.append(helper.make_opsetid(domain, 1))
    assert_unchanged(model, fuse(model), "foreign-domain")


def test_foreign_domain_of_the_operator():
    model = conv_norm()
    find(model, "c").domain = "com.example"
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    assert is_valid(model)
    assert_unchanged(model, fuse(model), {"foreign-domain", "no-linear-producer"})


def test_one_decline_does_not_keep_another_norm_from_folding():
    graph = Graph()
    graph.input("x", [1, 3, 6, 6])
    for i in (1, 2, 3):
        graph.weight(f"w{i}", [4, 3, 3, 3])
        graph.convolution("x", f"c{i}", f"w{i}")
        graph.norm(f"c{i}", f"y{i}", 4, name=f"bn{i}", variance=-np.ones(4) if i == 2 else None)
        graph.output(f"y{i}", [1, 4, 4, 4])
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=2, declined=["invalid-variance"])
    (decline,) = result.report["declined"]
    assert (decline["batchNorm"], decline["node"]) == ("y2", "bn2")
