"""Models that can be read but make no sense: refused in one line, or left exactly as they are; never folded."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from builders import Graph, conv_norm, find
from command import fuse


def assert_refused(model, *words):
    """Exit 1, one line that names the file, no output; `fuse` has shown that nothing was written."""
    result = fuse(model)
    return result.assert_failed(1, "model.onnx: ", *words)


def assert_refused_or_left_alone(model, *words, unchanged=""):
    """Exit 1 with one line, or every byte as it was."""
    result = fuse(model)
    if result.exit:
        result.assert_failed(1, "model.onnx: ", *words)
    else:
        assert result.data == result.input, unchanged


# Tensors


def spoil(name, change):
    model = conv_norm()
    change(next(t for t in model.graph.initializer if t.name == name))
    return model


WRONG = {
    "more elements than data": lambda t: t.dims.append(2),
    "no dims but many elements": lambda t: t.ClearField("dims"),
    "a negative dim": lambda t: t.dims.__setitem__(0, -4),
    "two negative dims": lambda t: t.dims.extend([-1, -1]),
    "dims whose product overflows": lambda t: t.dims.extend([1 << 62, 4]),
    "dims with a zero among huge ones": lambda t: t.dims.extend([1 << 32, 1 << 32, 0]),
    "an odd number of bytes": lambda t: setattr(t, "raw_data", t.raw_data + b"\0"),
    "too little data": lambda t: setattr(t, "raw_data", t.raw_data[:-4]),
    "no data": lambda t: t.ClearField("raw_data"),
    "data of another type": lambda t: setattr(t, "data_type", TensorProto.DOUBLE),
    "the undefined type": lambda t: setattr(t, "data_type", TensorProto.UNDEFINED),
    "a type of the future": lambda t: setattr(t, "data_type", 99),
}


@pytest.mark.parametrize("name", ["w", "b", "y_gamma"])
@pytest.mark.parametrize("kind", WRONG)
def test_a_tensor_whose_data_does_not_match_its_dims_is_refused_or_left_alone(kind, name):
    model = spoil(name, WRONG[kind])
    assert_refused_or_left_alone(model, name, unchanged="folded a tensor that is wrong in itself")


@pytest.mark.parametrize("field", ["float_data", "double_data", "int32_data"])
def test_typed_data_of_the_wrong_length_or_kind_is_refused_or_left_alone(field):
    model = conv_norm(typed=True)
    weight = model.graph.initializer[0]
    values = list(weight.float_data)
    weight.ClearField("float_data")
    getattr(weight, field).extend([int(v) for v in values] if field == "int32_data" else values[:-1])
    assert_refused_or_left_alone(model)


# Graphs


def test_a_dangling_name_is_refused_with_the_name():
    model = conv_norm()
    find(model, "c").input[0] = "nobody writes this"
    assert_refused(model, "nobody writes this")


def test_a_dangling_parameter_is_refused_with_the_name():
    model = conv_norm()
    find(model, "y").input[2] = "nobody"
    assert_refused(model, "nobody")


def test_a_dangling_output_is_refused_with_the_name():
    model = conv_norm()
    model.graph.output[0].name = "nobody"
    assert_refused(model, "nobody")


def test_a_dangling_name_in_a_subgraph_is_refused():
    body = Graph(name="b")
    body.node("Relu", ["nobody"], "by")
    body.output("by", [1])
    graph = Graph()
    graph.input("t", [], dtype="bool")
    graph.node("If", ["t"], "y", then_branch=body.proto, else_branch=body.proto)
    graph.output("y", [1])
    assert_refused(graph.model(), "nobody")


def test_a_value_written_twice_is_refused_with_the_name():
    model = conv_norm()
    model.graph.node.append(helper.make_node("Relu", ["x"], ["y"], name="second"))
    assert_refused(model, "y")


def test_a_node_that_writes_an_input_is_refused():
    model = conv_norm()
    model.graph.node.append(helper.make_node("Relu", ["y"], ["x"], name="back"))
    assert_refused(model, "x")


def test_one_node_that_writes_a_value_twice_is_refused():
    model = conv_norm()
    model.graph.node.append(helper.make_node("Split", ["x"], ["half", "half"], axis=1, num_outputs=2))
    assert_refused(model, "half")


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_cycle_is_refused(length):
    model = conv_norm()
    for i in range(length):
        model.graph.node.append(helper.make_node("Relu", [f"r{i}"], [f"r{(i + 1) % length}"]))
    assert_refused(model)


def test_a_norm_in_a_cycle_with_its_operator_is_refused():
    model = conv_norm()
    find(model, "c").input[0] = "y"
    assert_refused(model)


def test_nodes_out_of_order_are_refused_or_left_alone_or_folded_in_order():
    """The specification wants nodes sorted; whoever accepts another order must not write a worse one."""
    model = conv_norm()
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(reversed(nodes))
    result = fuse(model)
    if result.exit:
        result.assert_failed(1, "model.onnx: ")
    elif result.report["summary"]["folded"]:
        onnx.checker.check_model(result.model)
    else:
        assert result.data == result.input


def test_two_initializers_of_the_same_name_are_refused_or_left_alone():
    model = conv_norm()
    model.graph.initializer.add().CopyFrom(model.graph.initializer[0])
    assert_refused_or_left_alone(model, "w")


@pytest.mark.parametrize("inputs", [0, 1, 2, 4, 6])
def test_a_norm_with_the_wrong_number_of_inputs_is_refused_or_left_alone(inputs):
    model = conv_norm()
    node = find(model, "y")
    names = [*node.input, "b"][:inputs]
    node.input[:] = names
    assert_refused_or_left_alone(model)


@pytest.mark.parametrize("position", [0, 1, 2, 3, 4])
def test_a_norm_whose_required_input_is_empty_is_refused_or_left_alone(position):
    model = conv_norm()
    find(model, "y").input[position] = ""
    assert_refused_or_left_alone(model)


@pytest.mark.parametrize("change", ["no inputs", "one input", "no outputs", "output empty"])
def test_an_operator_without_inputs_or_outputs_is_refused_or_left_alone(change):
    model = conv_norm()
    node = find(model, "c")
    if change == "no inputs":
        del node.input[:]
    elif change == "one input":
        del node.input[1:]
    elif change == "no outputs":
        del node.output[:]
    else:
        node.output[0] = ""
    assert_refused_or_left_alone(model)


def test_an_attribute_of_the_wrong_type_is_refused_or_left_alone():
    for value in (1, "1e-3", [1e-3], np.float64(0)):
        model = conv_norm()
        node = find(model, "y")
        del node.attribute[:]
        node.attribute.append(helper.make_attribute("epsilon", value))
        if isinstance(value, float):
            node.attribute[0].type = onnx.AttributeProto.INT
        assert_refused_or_left_alone(model, unchanged=f"folded with epsilon {value!r}")


# Opsets


@pytest.mark.parametrize("version", [99, 1000, 2**31, 2**62, 0, -1])
def test_an_unknown_opset_is_refused_with_its_number(version):
    model = conv_norm()
    model.opset_import[0].version = version
    text = assert_refused(model)
    assert str(version) in text.replace(",", "")


def test_a_model_without_an_opset_import_is_refused():
    model = conv_norm()
    del model.opset_import[:]
    assert_refused(model)


def test_a_domain_without_an_opset_import_is_refused_with_its_name():
    model = conv_norm()
    model.graph.node.append(helper.make_node("Nobody", ["y"], ["z"], domain="com.example"))
    assert_refused(model, "com.example")


def test_two_imports_of_one_domain_are_refused_or_left_alone():
    model = conv_norm()
    model.opset_import.append(helper.make_opsetid("ai.onnx", 6))
    assert_refused_or_left_alone(model)


def test_an_unknown_version_of_a_foreign_domain_is_nobodys_business():
    model = conv_norm()
    model.opset_import.append(helper.make_opsetid("com.example", 4711))
    assert fuse(model).report["summary"]["folded"] == 1


def test_an_ir_version_of_the_future_is_refused_or_treated_like_todays():
    model = conv_norm(ir=99)
    result = fuse(model)
    if result.exit:
        result.assert_failed(1, "model.onnx: ", "99")
    else:
        assert result.report["summary"]["folded"] in (0, 1)
