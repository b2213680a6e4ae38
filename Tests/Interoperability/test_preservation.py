"""What a fold does not name arrives as it was."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from builders import PARAMETERS, Graph, conv_norm, find, operators, tensor, value_info
from command import fuse
from judge import judge
from preservation import data


def note(message, text):
    message.metadata_props.add(key=f"about {text}", value=f"metadata of {text}")
    message.metadata_props.add(key="empty", value="")


def unknown(message, text):
    """Adds a field that no schema has; known only from a newer version of the format."""
    tail = text.encode()
    message.MergeFromString(b"\xba\x3e" + bytes([len(tail)]) + tail)  # field 999


def rich():
    """Everything that a model can hold beside what is folded."""
    graph = Graph(opset=18, seed=5)
    graph.input("x", [1, 3, 6, 6])
    graph.weight("unused first", [2])
    graph.weight("w1", [4, 3, 3, 3])
    graph.weight("w2", [4, 4, 1, 1])
    graph.weight("b2", [4])
    graph.convolution("x", "c1", "w1", name="first", pads=[1, 1, 1, 1])
    graph.norm("c1", "n1", 4, name="norm 1")
    graph.relu("n1", "r1")
    graph.convolution("r1", "c2", "w2", "b2", name="second")
    graph.norm("c2", "n2", 4, name="norm 2")
    graph.node("Identity", ["n2"], "y", name="last")
    graph.output("y", [1, 4, 6, 6])
    graph.weight("unused last", [2])
    for name in ("c1", "n1", "r1", "c2", "n2"):
        graph.info(name, [1, 4, 6, 6])
    model = graph.model(ir=10, domains=["com.example", "ai.onnx.ml"])
    model.doc_string, model.graph.doc_string = "a model", "a graph\nof two lines"
    model.producer_version, model.domain, model.model_version = "1.2.3", "org.example", -7
    for message, text in [(model, "model"), (model.graph, "graph")]:
        note(message, text)
        unknown(message, text)
    for group in ("node", "initializer", "value_info", "input", "output"):
        for i, message in enumerate(getattr(model.graph, group)):
            message.doc_string = f"{group} {i}"
            note(message, f"{group} {i}")
            unknown(message, f"{group} {i}")
    for node in model.graph.node:
        for attribute in node.attribute:
            attribute.doc_string = f"attribute {attribute.name}"
            unknown(attribute, attribute.name)
    for value in ("x", "n1", "c1", "c2", "n2", "y"):
        annotation = model.graph.quantization_annotation.add(tensor_name=value)
        annotation.quant_parameter_tensor_names.add(key="SCALE_TENSOR", value="unused last")
        unknown(annotation, value)
    sparse = model.graph.sparse_initializer.add(dims=[8])
    sparse.values.CopyFrom(numpy_helper.from_array(np.ones(2, np.float32), "sparse"))
    sparse.indices.CopyFrom(numpy_helper.from_array(np.array([1, 5]), "sparse_indices"))
    twice = [helper.make_node("Add", ["a", "a"], ["b"])]
    function = helper.make_function("com.example", "Twice", ["a"], ["b"], twice, [helper.make_opsetid("", 18)])
    function.doc_string = "never called"
    note(function, "function")
    model.functions.append(function)
    training = model.training_info.add()
    training.algorithm.name = "algorithm"
    training.algorithm.node.add(op_type="Identity", input=["learning rate"], output=["rate"])
    training.algorithm.initializer.append(numpy_helper.from_array(np.ones(1, np.float32), "learning rate"))
    training.initialization.name = "initialization"
    unknown(training, "training")
    return model


def test_everything_outside_the_plan_is_kept():
    model = rich()
    result = fuse(model)
    judge(model, result, folded=2, declined=[], checked=False)
    assert [n.name for n in result.model.graph.node] == ["first", "Relu_r1", "second", "last"]
    assert [n.doc_string for n in result.model.graph.node] == ["node 0", "node 2", "node 3", "node 5"]


def test_the_parameters_of_gone_norms_and_only_they_are_removed():
    model = rich()
    names = {t.name for t in fuse(model).model.graph.initializer}
    assert {"unused first", "unused last"} <= names
    parameters = {f"{value}_{kind}" for value in ("n1", "n2") for kind in PARAMETERS}
    assert not names & parameters


def test_facts_about_vanished_values_are_removed_and_others_kept():
    fused = fuse(rich()).model
    assert [v.name for v in fused.graph.value_info] == ["n1", "r1", "n2"]
    assert [a.tensor_name for a in fused.graph.quantization_annotation] == ["x", "n1", "n2", "y"]


def test_nothing_foldable_gives_the_same_bytes():
    model = rich()
    assert fuse(model, "--skip", "*").data == model.SerializeToString()


def test_the_same_input_gives_the_same_bytes_every_time():
    model = rich()
    first = fuse(model)
    for name in ("model.onnx", "another name.pb", "without ending"):
        assert fuse(model, name=name).data == first.data


def test_an_unshared_weight_keeps_its_documentation():
    model = rich()
    fused = fuse(model).model
    for value, old in (("n1", "w1"), ("n2", "w2")):
        weight = next(t for t in fused.graph.initializer if t.name == find(fused, value).input[1])
        original = next(t for t in model.graph.initializer if t.name == old)
        assert weight.doc_string == original.doc_string
        assert [data(p) for p in weight.metadata_props] == [data(p) for p in original.metadata_props]


def test_initializers_that_a_training_graph_updates_keep_their_contents():
    model = conv_norm(opset=18, ir=10)
    training = model.training_info.add()
    training.algorithm.name = "algorithm"
    training.algorithm.node.add(op_type="Identity", input=["w"], output=["w_new"])
    training.algorithm.output.append(value_info("w_new", [4, 3, 3, 3]))
    training.update_binding.add(key="w", value="w_new")
    training.update_binding.add(key="y_mean", value="w_new")
    result = fuse(model)
    assert result.exit == 0
    for name in ("w", "y_mean"):
        assert np.array_equal(tensor(result.model, name), tensor(model, name))
    assert data(result.model.training_info[0]) == data(training)


@pytest.mark.parametrize("name", ["", "conv"])
def test_nodes_without_names_stay_without(name):
    model = conv_norm()
    for node in model.graph.node:
        node.name = name and node.name
    result = fuse(model)
    judge(model, result, folded=1)
    assert find(result.model, "y").name == name


def test_two_nodes_of_the_same_name_are_told_apart():
    graph = Graph()
    graph.input("x", [1, 3, 4, 4])
    for i in (1, 2):
        graph.weight(f"w{i}", [4, 3, 1, 1])
        graph.convolution("x", f"c{i}", f"w{i}", name="same")
        graph.norm(f"c{i}", f"y{i}", 4, name="same")
        graph.output(f"y{i}", [1, 4, 4, 4])
    model = graph.model()
    judge(model, fuse(model), folded=2)


def test_the_opset_imports_are_not_touched():
    model = conv_norm()
    for domain, version in (("ai.onnx.ml", 3), ("com.microsoft", 1), ("ai.onnx.preview.training", 1)):
        model.opset_import.append(helper.make_opsetid(domain, version))
    result = fuse(model)
    judge(model, result, folded=1)
    assert result.report["input"]["opsets"][""] == 17


def test_value_info_of_constants_is_kept_or_goes_with_them():
    model = conv_norm()
    for t in list(model.graph.initializer):
        model.graph.value_info.append(helper.make_tensor_value_info(t.name, t.data_type, list(t.dims)))
    result = fuse(model)
    judge(model, result, folded=1)


def test_node_order_and_parallel_branches_stay():
    graph = Graph()
    graph.input("x", [1, 4, 4, 4])
    for i in range(3):
        graph.weight(f"w{i}", [4, 4, 1, 1])
        graph.convolution("x", f"c{i}", f"w{i}")
        graph.node("Neg", ["x"], f"neg{i}")
    for i in (2, 0, 1):
        graph.norm(f"c{i}", f"n{i}", 4)
        graph.node("Add", [f"n{i}", f"neg{i}"], f"y{i}")
        graph.output(f"y{i}", [1, 4, 4, 4])
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=3)
    assert sorted(operators(result.model)) == ["Add"] * 3 + ["Conv"] * 3 + ["Neg"] * 3


def test_a_value_between_that_changes_its_meaning_changes_its_name():
    """Behind MatMul the new Add needs a product whose contents are not those of the old name."""
    graph = Graph()
    graph.input("x", [2, 3])
    graph.weight("w", [3, 4])
    graph.node("MatMul", ["x", "w"], "p", name="matmul")
    graph.norm("p", "y", 4)
    graph.output("y", [2, 4])
    graph.info("p", [2, 4])
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=1)
    product = next(n for n in result.model.graph.node if n.op_type == "MatMul")
    assert product.name == "matmul" and product.output[0] != "p"
    renamed = [r for r in result.report["renamed"] if r["old"] == "p"]
    assert renamed and renamed[0]["new"] == product.output[0]


@pytest.mark.parametrize("element", [TensorProto.FLOAT, TensorProto.FLOAT16])
def test_empty_tensors_and_scalars_pass(element):
    model = conv_norm()
    model.graph.initializer.append(TensorProto(name="empty", data_type=element, dims=[0, 3]))
    model.graph.initializer.append(helper.make_tensor("scalar", element, [], [1.5]))
    judge(model, fuse(model), folded=1)


def test_bytes_per_message_not_more_than_the_original():
    """Nothing is added to the model: no opsets, no metadata, no value_info."""
    model = rich()
    result = fuse(model)
    assert len(result.data) < len(model.SerializeToString())
    assert onnx.ModelProto.FromString(result.data).producer_name == "interoperability"
