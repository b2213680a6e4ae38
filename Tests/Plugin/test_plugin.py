"""The build-tool plugin `FuseModels`, as a package that uses it sees it."""

import json
import subprocess

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper


def network(stays=False, symbolic=False):
    """A convolution with its norm; with `stays` a norm of the input too, with `symbolic` an input without a shape."""
    random = np.random.default_rng(5)
    tensors = [numpy_helper.from_array(random.normal(size=(4, 3, 3, 3)).astype(np.float32), "w")]
    nodes, value = [], "x"

    def norm(value, name, channels):
        names = [f"{name}_{part}" for part in ("gamma", "beta", "mean", "variance")]
        for part in names:
            tensors.append(numpy_helper.from_array(random.uniform(0.5, 2, channels).astype(np.float32), part))
        nodes.append(helper.make_node("BatchNormalization", [value, *names], [f"{name}_y"], name=name))
        return f"{name}_y"

    if stays:
        value = helper.make_node("Relu", [norm(value, "first", 3)], ["r"])
        nodes.append(value)
        value = "r"
    nodes.append(helper.make_node("Conv", [value, "w"], ["c"], name="conv"))
    value = norm("c", "second", 4)
    shape = None if symbolic else [1, 3, 8, 8]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info(value, TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "graph", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def norms(data):
    return [node.name for node in onnx.load_from_string(data).graph.node if node.op_type == "BatchNormalization"]


def place(package, model, name="Models/net.onnx"):
    path = package.target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(
    "declared",
    ['resources: [.process("Models")],', 'resources: [.process("Models/net.onnx")],',
     'resources: [.copy("Models/net.onnx")],', ""],
    ids=["folder", "file", "copied file", "not declared"],
)
def test_the_bundled_model_is_the_fused_one(package, bnfuse, tmp_path, declared):
    source = place(package, network())
    package.declare(declared)
    built = package.build()
    assert built.succeeded, built.text
    assert built.warnings == []
    subprocess.run([bnfuse, source, "-o", tmp_path / "fused.onnx", "-q"], check=True)
    models = {name: data for name, data in package.bundled().items() if name.endswith(".onnx")}
    assert models == {"net.onnx": (tmp_path / "fused.onnx").read_bytes()}


def test_a_model_in_a_copied_folder_fails_the_build(package):
    place(package, network())
    package.declare('resources: [.copy("Models")],')
    built = package.build()
    assert not built.succeeded
    assert "copies the folder 'Models', so 'net.onnx' in it would be bundled unfused" in built.text


def test_an_excluded_model_is_left_alone(package):
    place(package, network())
    (package.target / "note.txt").write_text("a resource, so that there is a bundle")
    package.declare('exclude: ["Models"], resources: [.copy("note.txt")],')
    built = package.build()
    assert built.succeeded, built.text
    assert set(package.bundled()) == {"note.txt"}


def test_a_frozen_graph_by_its_other_ending(package):
    place(package, network(), "net.pb")
    assert package.build().succeeded
    assert norms(package.bundled()["net.pb"]) == []


def test_a_model_is_fused_again_only_when_it_changed(package):
    source = place(package, network())
    assert package.build().lines("Fusing net.onnx")
    first = package.bundled()["net.onnx"]
    # After a change of a manifest SwiftPM may link a plugin's tool once more, whose users then run once more.
    package.build()
    assert not package.build().lines("Fusing net.onnx")
    onnx.save(network(stays=True), source)
    assert package.build().lines("Fusing net.onnx")
    assert package.bundled()["net.onnx"] != first


def test_norms_that_stay_are_warnings_of_every_build(package):
    source = place(package, network(stays=True))
    for _ in range(3):
        built = package.build()
        assert built.succeeded
        warning, = built.warnings
        assert warning.startswith(f"warning: {source}: norm 'first' stays: no-linear-producer: ")
    assert norms(package.bundled()["net.onnx"]) == ["first"]
    onnx.save(network(), source)
    assert package.build().warnings == []


def test_options_are_read_from_the_target(package):
    place(package, network())
    options = package.target / "fuse-models.json"
    options.write_text(json.dumps({"net.onnx": {"skip": ["second"]}}))
    built = package.build()
    assert built.succeeded and "norm 'second' stays: excluded" in built.warnings[0]
    options.write_text(json.dumps({"*": {}}))
    built = package.build()
    assert built.succeeded and built.warnings == [] and built.lines("Fusing net.onnx")
    assert norms(package.bundled()["net.onnx"]) == []


def test_an_option_that_does_not_exist_fails_the_build(package):
    place(package, network())
    (package.target / "fuse-models.json").write_text(json.dumps({"net.onnx": {"skips": ["second"]}}))
    built = package.build()
    assert not built.succeeded
    assert "'net.onnx' has an option 'skips', which is none" in built.text


def test_a_different_model_fails_the_build(package):
    source = place(package, network())
    # No fold is right to the last bit, so none is without any tolerance.
    (package.target / "fuse-models.json").write_text(
        json.dumps({"net.onnx": {"relativeTolerance": 0, "absoluteTolerance": 0}}))
    built = package.build()
    assert not built.succeeded
    assert f"error: {source}: the fused model is different: output 'second_y'" in built.text
    assert not package.build().succeeded, "and every time"
    (package.target / "fuse-models.json").write_text("{}")
    assert package.build().succeeded


def test_a_model_that_cannot_be_proven_fails_the_build_unless_that_is_allowed(package):
    source = place(package, network(symbolic=True))
    built = package.build()
    assert not built.succeeded
    assert f"error: {source}: input 'x' has no shape" in built.text
    options = package.target / "fuse-models.json"
    options.write_text(json.dumps({"net.onnx": {"inputShapes": {"x": [1, 3, 8, 8]}}}))
    assert package.build().succeeded
    options.write_text(json.dumps({"net.onnx": {"check": False}}))
    assert package.build().succeeded


def test_strictness_fails_the_build_where_a_norm_stays(package):
    place(package, network(stays=True))
    (package.target / "fuse-models.json").write_text(json.dumps({"*": {"strict": True}}))
    built = package.build()
    assert not built.succeeded and "1 of 2 norms stay" in built.text


def test_what_is_no_model_fails_the_build(package):
    (package.target / "net.onnx").write_bytes(b"no model")
    built = package.build()
    assert not built.succeeded and "net.onnx" in built.text


def test_a_change_of_external_data_fuses_again(package):
    source = place(package, network())
    model = onnx.load(source)
    onnx.save(model, source, save_as_external_data=True, location="net.onnx.data", size_threshold=16)
    assert package.build().succeeded
    first = package.bundled()["net.onnx"]
    data = source.with_name("net.onnx.data")
    data.write_bytes(data.read_bytes()[::-1])
    built = package.build()
    assert built.lines("Fusing net.onnx"), built.text
    assert first is not None
