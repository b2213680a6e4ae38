"""What `--assume-inference` writes is the inference model, whether norms fold or stay."""

import numpy as np
import onnx
import pytest
from onnx import helper

from builders import Graph
from command import fuse, run, warning_codes
from oracles import assert_equivalent
from surroundings import all_nodes

OPSETS = [1, 6, 7, 9, 12, 13, 14, 15, 17, 22]
C = 4


def norm_marks(opset, train, extra):
    """How a norm of an operator set says that it trains, with the names of its further outputs."""
    if not train:
        return {}, []
    if opset < 7:
        return {"is_test": 0}, ["running_mean", "running_var", "saved_mean", "saved_var"] if extra else []
    if opset < 14:
        return {}, ["running_mean", "running_var", "saved_mean", "saved_var"]
    return {"training_mode": 1}, ["running_mean", "running_var"] if extra else []


def norm(graph, x, y, train, extra=True, attributes=None):
    marks, outputs = norm_marks(graph.opset, train, extra)
    outputs = [y, *(f"{y}_{name}" for name in outputs)]
    graph.norm(x, y, C, outputs=outputs, attributes={**marks, **(attributes or {})})
    return y


def dropout(graph, x, y, train, mask=False):
    """A Dropout of the ratio 0.4 that trains, or that does not."""
    inputs, attributes = [x], {"ratio": 0.4}
    if graph.opset < 7:
        attributes |= {} if train else {"is_test": 1}
        attributes |= {"consumed_inputs": [0]} if graph.opset < 6 else {}
    elif graph.opset >= 12:
        attributes = {}
        inputs.append(graph.initializer(f"{y}_ratio", np.float32(0.4)))
        inputs += [graph.initializer(f"{y}_train", np.bool_(True))] if train else []
    return graph.node("Dropout", inputs, [y, f"{y}_mask"] if mask else [y], **attributes)


def hybrid(opset, train, extra=True):
    """A norm that folds, one that stays behind a Relu, and a Dropout between them and one at the end."""
    graph = Graph(opset=opset)
    graph.input("x", [2, 3, 6, 6])
    graph.convolution("x", "c", graph.weight("w", [C, 3, 3, 3]))
    dropout(graph, "c", "d", train)
    norm(graph, "d", "n", train, extra)
    graph.relu("n", "r")
    norm(graph, "r", "m", train, extra)
    dropout(graph, "m", "y", train)
    graph.output("y", [2, C, 4, 4])
    return graph.model()


def trains(model):
    """The nodes that say that they train."""
    opset = model.opset_import[0].version
    for node in all_nodes(model):
        attributes = {a.name: None if a.ref_attr_name else helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "BatchNormalization" and (
            attributes.get("training_mode", 0) != 0
            or attributes.get("is_test", int(opset >= 7)) != 1
            or len([name for name in node.output if name]) > 1
        ):
            yield node.output[0]
        if node.op_type == "Dropout" and (len(node.input) > 2 or attributes.get("is_test", int(opset >= 7)) != 1):
            yield node.output[0]


def assert_written(model, twin, *options, folded, evaluators=None):
    """The fused model is inference throughout, gives what the twin gives, and stays what it is when fused again."""
    result = fuse(model, "--assume-inference", "--check", *options, proved=False)
    assert result.exit == 0, result.stderr
    assert result.report["check"]["verdict"] == "equivalent", result.report["check"]
    assert result.report["summary"]["folded"] == folded, result.report["declined"]
    assert list(trains(result.model)) == []
    onnx.checker.check_model(result.model)
    assert_equivalent(twin, result.model, names=evaluators or ("own", "onnxruntime", "reference"))
    assert fuse(result.data, "--assume-inference", *options, proved=False).data == result.data
    return result


@pytest.mark.parametrize("extra", [False, True], ids=["one output", "all outputs"])
@pytest.mark.parametrize("opset", OPSETS)
def test_norms_and_dropouts_that_stay_are_inference(opset, extra):
    result = assert_written(hybrid(opset, True, extra), hybrid(opset, False), folded=1)
    assert "assumed-inference" in warning_codes(result.report)


@pytest.mark.parametrize("opset", OPSETS)
def test_where_nothing_folds_the_model_is_written_as_inference_too(opset):
    result = assert_written(hybrid(opset, True), hybrid(opset, False), "--skip", "*", folded=0)
    assert result.data != result.input


@pytest.mark.parametrize("opset", OPSETS)
def test_a_model_that_does_not_train_stays_as_it_is(opset):
    model = hybrid(opset, False)
    assert fuse(model, "--assume-inference", "--skip", "*").data == model.SerializeToString()


@pytest.mark.parametrize("opset", [9, 13, 15])
def test_check_takes_the_original_as_inference_too(opset, tmp_path):
    (tmp_path / "a.onnx").write_bytes(hybrid(opset, True).SerializeToString())
    (tmp_path / "b.onnx").write_bytes(fuse(hybrid(opset, True), "--assume-inference", proved=False).data)
    done = run("check", tmp_path / "a.onnx", tmp_path / "b.onnx", "--assume-inference")
    assert done.exit == 0, done.stdout


@pytest.mark.parametrize(("opset", "attributes"), [
    (9, {"training_mode": 1}), (13, {"training_mode": 1}), (9, {"is_test": 0}), (15, {"is_test": 0}),
])  # fmt: skip
def test_marks_that_an_operator_set_does_not_have_go(opset, attributes):
    def model(marks):
        graph = Graph(opset=opset)
        graph.input("x", [2, C, 6, 6])
        graph.relu("x", "r")
        norm(graph, "r", "y", False, attributes=marks)
        graph.output("y", [2, C, 6, 6])
        return graph.model()

    assert_written(model(attributes), model({}), folded=0)


@pytest.mark.parametrize("reader", ["output", "node", "body"])
@pytest.mark.parametrize(("opset", "statistic"), [(15, "running_mean"), (15, "running_var"), (9, "saved_mean"), (6, "saved_var")])
@pytest.mark.parametrize("folds", [True, False], ids=["folds", "stays"])
def test_a_statistic_that_is_read_has_no_inference(opset, statistic, reader, folds):
    graph = Graph(opset=opset)
    graph.input("x", [2, 3, 6, 6])
    graph.convolution("x", "c", graph.weight("w", [C, 3, 1, 1]))
    graph.relu("c", "r")
    norm(graph, "c" if folds else "r", "y", True)
    graph.output("y", [2, C, 6, 6])
    name = f"y_{statistic}"
    if reader == "output":
        graph.output(name, [C])
    elif reader == "node":
        graph.output(graph.relu(name, "z"), [C])
    else:
        branches = {}
        for branch in ("then_branch", "else_branch"):
            body = Graph(name=branch, opset=opset)
            body.output(body.relu(name, f"{branch}_z"), [C])
            branches[branch] = body.proto
        graph.output(graph.node("If", [graph.input("on", [], "bool")], "z", **branches), [C])
    result = fuse(graph.model(), "--assume-inference")
    line = result.stderr
    assert result.exit == 1 and "cannot be written as inference" in line and "BatchNormalization_y" in line, line
    assert name in line and line.count("\n") == 1


@pytest.mark.parametrize("opset", [12, 13, 17, 22])
def test_a_mask_that_is_read_is_all_true(opset):
    def model(train):
        graph = Graph(opset=opset)
        graph.input("x", [2, C, 6, 6])
        dropout(graph, "x", "y", train, mask=True)
        graph.output("y", [2, C, 6, 6])
        graph.output("y_mask", [2, C, 6, 6], "bool")
        return graph.model()

    assert_written(model(True), model(False), folded=0)


@pytest.mark.parametrize("opset", [1, 6])
def test_a_mask_that_has_no_inference_is_named(opset):
    graph = Graph(opset=opset)
    graph.input("x", [2, C, 6, 6])
    dropout(graph, "x", "y", True, mask=True)
    graph.output("y", [2, C, 6, 6])
    graph.output("y_mask", [2, C, 6, 6])
    fuse(graph.model(), "--assume-inference").assert_failed(1, "Dropout_y", "cannot be written as inference", "y_mask")


def test_a_ratio_that_is_left_out_leaves_one_input():
    def model(train):
        graph = Graph(opset=17)
        graph.input("x", [2, C, 6, 6])
        names = ["x", "", graph.initializer("train", np.bool_(True))] if train else ["x"]
        graph.node("Dropout", names, "y")
        graph.output("y", [2, C, 6, 6])
        return graph.model()

    result = assert_written(model(True), model(False), folded=0)
    assert list(result.model.graph.node[0].input) == ["x"] and not result.model.graph.initializer


def test_a_training_input_of_the_graph_stays_though_nothing_reads_it():
    graph = Graph(opset=17)
    graph.input("x", [2, C, 6, 6])
    graph.node("Dropout", ["x", graph.initializer("ratio", np.float32(0.4)), graph.input("train", [], "bool")], "y")
    graph.output("y", [2, C, 6, 6])
    fused = fuse(graph.model(), "--assume-inference", proved=False).model
    assert list(fused.graph.node[0].input) == ["x", "ratio"]
    assert [value.name for value in fused.graph.input] == ["x", "train"]


def function(opset, train, default=None):
    """A function of a Conv, a norm that folds and one that stays, whose mode comes from the call, or from its default."""
    body = Graph(name="block", opset=opset)
    mode = onnx.AttributeProto(name="training_mode", ref_attr_name="mode", type=onnx.AttributeProto.INT)
    for name, shape in (("weight", [C, 3, 1, 1]), ("gamma", [C]), ("beta", [C]), ("mean", [C]), ("var", [C])):
        value = np.random.default_rng(len(name)).uniform(0.5, 1.5, shape).astype(np.float32)
        body.node("Constant", [], name, value=onnx.numpy_helper.from_array(value))
    body.node("Conv", ["a", "weight"], "c")
    for x, y in (("c", "n"), ("r", "b")):
        body.node("BatchNormalization", [x, "gamma", "beta", "mean", "var"], [y])
        if train:
            body.proto.node[-1].attribute.append(mode)
        if y == "n":
            body.relu("n", "r")
    call = Graph(opset=opset)
    call.input("x", [2, 3, 6, 6])
    call.node("Block", ["x"], "y", domain="own", **({"mode": 1} if train and default is None else {}))
    call.output("y", [2, C, 6, 6])
    made = helper.make_function(
        "own", "Block", ["a"], ["b"], body.proto.node, [helper.make_opsetid("", opset)],
        ["mode"] if train and default is None else [],
        [helper.make_attribute("mode", default)] if train and default is not None else [],
    )  # fmt: skip
    return call.model(domains=("own",), functions=[made])


@pytest.mark.parametrize("default", [None, 1, 0], ids=["from the call", "trains by default", "infers by default"])
@pytest.mark.parametrize("opset", [14, 15, 17])
def test_attributes_that_come_from_a_call_are_resolved(opset, default):
    assert_written(function(opset, True, default), function(opset, False), folded=1)


@pytest.mark.parametrize("opset", [9, 13, 15, 17])
def test_bodies_are_written_as_inference(opset):
    def model(train):
        graph = Graph(opset=opset)
        graph.input("x", [2, C, 6, 6])
        branches = {}
        for branch in ("then_branch", "else_branch"):
            body = Graph(name=branch, opset=opset, seed=len(branches) + 3)
            body.relu("x", f"{branch}_r")
            norm(body, f"{branch}_r", f"{branch}_n", train)
            body.output(dropout(body, f"{branch}_n", f"{branch}_y", train), [2, C, 6, 6])
            branches[branch] = body.proto
        graph.node("If", [graph.input("on", [], "bool")], "y", **branches)
        graph.output("y", [2, C, 6, 6])
        return graph.model()

    assert_written(model(True), model(False), folded=0, evaluators=("onnxruntime",))
