"""Files that are broken, models that make no sense: one clear line, no crash, nothing written."""

import os
import random

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from builders import Graph, conv_norm, find
from command import fuse, listing, run
from judge import assert_exact
from oracles import is_valid
from trace import is_norm, scopes

FLIPS = 600
SEED = int(os.environ.get("BNFUSE_SEED", "20"))


def assert_refused(model, *words):
    """Exit 1, one line that names the file, no output; `fuse` has shown that nothing was written."""
    result = fuse(model)
    return result.assert_failed(1, "model.onnx: ", *words)


NO_MODELS = {
    "empty": b"",
    "one zero byte": b"\0",
    "zeros": bytes(1000),
    "text": b"Lorem ipsum dolor sit amet, consectetur adipiscing elit\n" * 20,
    "json": b'{"irVersion": 8, "graph": {}}',
    "an ELF header": b"\x7fELF\x02\x01\x01" + bytes(100),
    "a zip": b"PK\x03\x04" + bytes(100),
    "a PNG header": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "0xff": b"\xff" * 1000,
    "no graph": onnx.ModelProto(ir_version=8, producer_name="nothing").SerializeToString(),
    "a tensor": onnx.numpy_helper.from_array(np.ones(3, np.float32)).SerializeToString(),
}


@pytest.mark.parametrize("kind", NO_MODELS)
def test_what_is_no_model_is_refused(kind):
    assert_refused(NO_MODELS[kind])


def test_random_bytes_are_refused():
    for seed in range(40):
        result = fuse(random.Random(seed).randbytes(1 + 37 * seed))
        result.assert_failed(1, "model.onnx: ")


def small():
    graph = Graph(seed=2)
    graph.input("x", [1, 1, 2, 2])
    graph.weight("w", [1, 1, 1, 1])
    graph.convolution("x", "c", "w", name="conv")
    graph.norm("c", "y", 1, name="bn")
    graph.output("y", [1, 1, 2, 2])
    return graph.model()


def test_a_file_cut_off_at_any_byte_is_refused_or_a_shorter_model(folder):
    """Cut between two fields of the model itself it may still be a model, then the checker agrees."""
    data = small().SerializeToString()
    path, out = folder / "model.onnx", folder / "fused.onnx"
    refused = 0
    for length in range(len(data)):
        path.write_bytes(data[:length])
        result = run("model.onnx", "-o", "fused.onnx")
        if result.exit == 0:
            assert parsed(data[:length]) is not None, f"cut at {length}: accepted what is not parsable"
            onnx.load_from_string(out.read_bytes())
            out.unlink()
        else:
            result.assert_failed(1, "model.onnx: ")
            refused += 1
        assert set(os.listdir()) == {"model.onnx"}
    assert refused > len(data) * 0.9


def parsed(data):
    try:
        model = onnx.load_from_string(data)
    except Exception:
        return None
    return model if model.HasField("graph") else None


def flipped(data, generator):
    """One to four flipped bits, with a preference for the structure at the ends of the file."""
    out = bytearray(data)
    for _ in range(generator.choice([1, 1, 1, 2, 4])):
        out[generator.randrange(len(out))] ^= 1 << generator.randrange(8)
    return bytes(out)


def norm_count(model):
    return sum(is_norm(node) for scope in scopes(model) for node in scope.graph.node)


def flip_sources():
    yield small().SerializeToString()
    yield conv_norm(typed=True).SerializeToString()
    yield conv_norm(opset=9, ir=3, dtype="float16", typed=True).SerializeToString()
    body = Graph(name="b", seed=3)
    body.weight("bw", [1, 1, 1, 1])
    body.convolution("x", "bc", "bw")
    body.norm("bc", "by", 1)
    body.output("by", [1, 1, 2, 2])
    graph = Graph()
    graph.input("x", [1, 1, 2, 2])
    graph.input("t", [], dtype="bool")
    graph.node("If", ["t"], "y", then_branch=body.proto, else_branch=body.proto)
    graph.output("y", [1, 1, 2, 2])
    yield graph.model().SerializeToString()


def test_flipped_bits_never_crash_it(folder):
    """Exit 0 and a model that the checker judges like the input, or exit 1 and one line; never a file left over."""
    print(f"seed {SEED}")
    generator = random.Random(SEED)
    sources = list(flip_sources())
    for count in range(FLIPS):
        data = flipped(sources[count % len(sources)], generator)
        (folder / "model.onnx").write_bytes(data)
        result = run("model.onnx", "-o", "fused.onnx")
        where = f"flip {count} of seed {SEED}"
        if result.exit == 0:
            before, after = parsed(data), parsed((folder / "fused.onnx").read_bytes())
            assert before is not None, f"{where}: accepted what is not parsable"
            assert after is not None, f"{where}: wrote what is not parsable"
            valid = is_valid(before, full=True)
            assert is_valid(after, full=True) or not valid, f"{where}: a valid model became invalid"
            if valid and norm_count(after) < norm_count(before):
                assert assert_exact(before, after), where
            (folder / "fused.onnx").unlink()
        else:
            result.assert_failed(1, "model.onnx: ")
        assert os.listdir() == ["model.onnx"], where


# Files


def test_a_missing_file_is_named(folder):
    run("missing.onnx", "-o", "fused.onnx").assert_failed(1, "missing.onnx: ")
    assert os.listdir() == []


def test_a_folder_is_no_model(folder):
    (folder / "model.onnx").mkdir()
    run("model.onnx", "-o", "fused.onnx").assert_failed(1, "model.onnx: ")


@pytest.mark.parametrize("path", ["/dev/null", "/", ".", "missing/model.onnx", "model.onnx/", "a\nb.onnx", "x" * 300, ""])
def test_strange_paths_are_one_error(path, folder):
    (folder / "model.onnx").write_bytes(small().SerializeToString())
    result = run(path, "-o", "fused.onnx")
    assert result.exit in (1, 64)
    result.assert_failed(result.exit)
    assert os.listdir() == ["model.onnx"]


def test_a_file_without_permission_is_one_error(folder):
    path = folder / "model.onnx"
    path.write_bytes(small().SerializeToString())
    path.chmod(0)
    run("model.onnx", "-o", "fused.onnx", unprivileged=True).assert_failed(1, "model.onnx: ")
    assert os.listdir() == ["model.onnx"]


def test_an_output_folder_without_permission_is_one_error(folder):
    (folder / "model.onnx").write_bytes(small().SerializeToString())
    (folder / "closed").mkdir(0o555)
    run("model.onnx", "-o", "closed/fused.onnx", unprivileged=True).assert_failed(1, "closed/fused.onnx")
    assert os.listdir("closed") == []


def test_a_dangling_link_is_one_error(folder):
    (folder / "model.onnx").symlink_to("nowhere")
    run("model.onnx", "-o", "fused.onnx").assert_failed(1, "model.onnx: ")


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
    result = fuse(model)
    if result.exit == 0:
        assert result.report["summary"]["folded"] == 0, "folded a tensor that is wrong in itself"
        assert result.data == result.input
    else:
        result.assert_failed(1, "model.onnx: ", name)


@pytest.mark.parametrize("field", ["float_data", "double_data", "int32_data"])
def test_typed_data_of_the_wrong_length_or_kind_is_refused_or_left_alone(field):
    model = conv_norm(typed=True)
    weight = model.graph.initializer[0]
    values = list(weight.float_data)
    weight.ClearField("float_data")
    getattr(weight, field).extend([int(v) for v in values] if field == "int32_data" else values[:-1])
    result = fuse(model)
    if result.exit == 0:
        assert result.data == result.input
    else:
        result.assert_failed(1, "model.onnx: ")


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
    result = fuse(model)
    if result.exit:
        result.assert_failed(1, "model.onnx: ", "w")
    else:
        assert result.data == result.input


@pytest.mark.parametrize("inputs", [0, 1, 2, 4, 6])
def test_a_norm_with_the_wrong_number_of_inputs_is_refused_or_left_alone(inputs):
    model = conv_norm()
    node = find(model, "y")
    names = [*node.input, "b"][:inputs]
    node.input[:] = names
    result = fuse(model)
    if result.exit:
        result.assert_failed(1, "model.onnx: ")
    else:
        assert result.data == result.input


@pytest.mark.parametrize("position", [0, 1, 2, 3, 4])
def test_a_norm_whose_required_input_is_empty_is_refused_or_left_alone(position):
    model = conv_norm()
    find(model, "y").input[position] = ""
    result = fuse(model)
    if result.exit:
        result.assert_failed(1, "model.onnx: ")
    else:
        assert result.data == result.input


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
    result = fuse(model)
    if result.exit:
        result.assert_failed(1, "model.onnx: ")
    else:
        assert result.data == result.input


def test_an_attribute_of_the_wrong_type_is_refused_or_left_alone():
    for value in (1, "1e-3", [1e-3], np.float64(0)):
        model = conv_norm()
        node = find(model, "y")
        del node.attribute[:]
        node.attribute.append(helper.make_attribute("epsilon", value))
        if isinstance(value, float):
            node.attribute[0].type = onnx.AttributeProto.INT
        result = fuse(model)
        if result.exit:
            result.assert_failed(1, "model.onnx: ")
        else:
            assert result.data == result.input, f"folded with epsilon {value!r}"


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
    result = fuse(model)
    if result.exit:
        result.assert_failed(1, "model.onnx: ")
    else:
        assert result.data == result.input


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


def test_an_older_file_stays_if_the_new_input_is_refused(folder):
    (folder / "model.onnx").write_bytes(b"broken")
    (folder / "fused.onnx").write_bytes(b"older")
    run("model.onnx", "-o", "fused.onnx").assert_failed(1)
    assert listing(folder) == {"model.onnx": b"broken", "fused.onnx": b"older"}
