"""The build-tool plugin `FuseModels`, as a package that uses it sees it."""

import json
import re
import subprocess

import numpy as np
import onnx
import pytest
from conftest import PLUGIN
from onnx import TensorProto, helper, numpy_helper


def network(stays=False, symbolic=False, foreign=False):
    """A convolution with its norm.

    With `stays` a norm of the input too, with `symbolic` an input without a shape, with `foreign` an operator that
    nobody knows.
    """
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
    if foreign:
        nodes.append(helper.make_node("Mystery", [value], ["m"], domain="example"))
        value = "m"
    nodes.append(helper.make_node("Conv", [value, "w"], ["c"], name="conv"))
    value = norm("c", "second", 4)
    shape = None if symbolic else [1, 3, 8, 8]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info(value, TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "graph", inputs, outputs, tensors)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("example", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


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
     'resources: [.process("Models", localization: nil)],', 'resources: [.copy("Models/net.onnx")],', ""],
    ids=["folder", "file", "not localized", "copied file", "not declared"],
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


@pytest.mark.parametrize(
    "declared, folder, reason",
    [
        ('resources: [.embedInCode("Models/net.onnx")],', "Models", "declares 'net.onnx' by .embedInCode"),
        ('resources: [.process("Models", localization: .default)],', "Models", "by a localization"),
        ('resources: [.process("en.lproj")],', "en.lproj", "localizes 'net.onnx', which would be bundled unfused"),
    ],
    ids=["embedded", "localized by rule", "localized by folder"],
)
def test_a_model_that_is_put_elsewhere_fails_the_build(package, declared, folder, reason):
    place(package, network(), f"{folder}/net.onnx")
    package.declare(declared)
    built = package.build()
    assert not built.succeeded
    assert reason in built.text


def test_equal_names_fail_the_build(package):
    place(package, network())
    place(package, network(), "Others/net.onnx")
    built = package.build()
    assert not built.succeeded
    assert "target 'App' has two models named 'net.onnx'" in built.text


def test_an_older_package_fails_the_build(package):
    place(package, network())
    package.declare("", tools="5.10")
    built = package.build()
    assert not built.succeeded
    assert "must have swift-tools-version 6.0 or later" in built.text


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
    fused = "fused net.onnx: 1 of 1 norms, equivalent"
    assert package.build().lines(fused)
    first = package.bundled()["net.onnx"]
    # The second build plans anew, for which SwiftPM links the tool once more; so does one with another file.
    assert not package.build().lines(fused)
    assert not package.build().lines(fused)
    (package.target / "other.swift").write_text("// another file\n")
    assert not package.build().lines(fused)
    package.declare('resources: [.process("Models")],')
    assert not package.build().lines(fused)
    source.touch()
    assert package.build().lines(fused)
    assert package.bundled()["net.onnx"] == first
    onnx.save(network(stays=True), source)
    assert package.build().lines("fused net.onnx: 1 of 2 norms")
    assert package.bundled()["net.onnx"] != first


def test_the_fused_model_replaces_one_that_was_bundled_without_the_plugin(package):
    source = place(package, network())
    package.declare('resources: [.process("Models")],', plugin="")
    assert package.build().succeeded
    assert package.bundled()["net.onnx"] == source.read_bytes()
    package.declare('resources: [.process("Models")],')
    assert package.build().succeeded
    assert norms(package.bundled()["net.onnx"]) == []


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


def test_each_model_of_each_target_has_its_own_warnings(package):
    sources = [place(package, network(stays=True), f"Models/{name}.onnx") for name in ("one", "two")]
    other = package.folder / "Sources" / "Other" / "one.onnx"
    other.parent.mkdir()
    (other.parent / "Other.swift").write_text("public let other = 1\n")
    onnx.save(network(stays=True), other)
    package.declare("", others=['.target(name: "Other", plugins: [%s])' % PLUGIN])
    for _ in range(3):
        built = package.build()
        assert built.succeeded, built.text
        named = sorted(line.split(": ")[1] for line in built.warnings)
        assert named == sorted(map(str, [*sources, other]))


def test_options_are_read_from_the_target(package):
    place(package, network())
    options = package.target / "fuse-models.json"
    options.write_text(json.dumps({"net.onnx": {"skip": ["second"]}}))
    built = package.build()
    assert built.succeeded and "norm 'second' stays: excluded" in built.warnings[0]
    options.write_text(json.dumps({"*": {}}))
    built = package.build()
    assert built.succeeded and built.warnings == [] and built.lines("fused net.onnx")
    assert norms(package.bundled()["net.onnx"]) == []


def test_a_file_can_be_bundled_as_it_is(package):
    (package.target / "input.pb").write_bytes(b"no model")
    place(package, network())
    (package.target / "fuse-models.json").write_text(json.dumps({"input.pb": {"fuse": False}}))
    for _ in range(2):
        built = package.build()
        assert built.succeeded, built.text
        assert built.warnings == []
    assert package.bundled()["input.pb"] == b"no model"
    assert norms(package.bundled()["net.onnx"]) == []


def test_options_for_no_model_fail_the_build(package):
    place(package, network())
    (package.target / "fuse-models.json").write_text(json.dumps({"nett.onnx": {}}))
    built = package.build()
    assert not built.succeeded
    assert "'nett.onnx' is none of the target's models" in built.text


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


def test_an_input_without_a_shape_fails_the_build_until_it_has_one(package):
    source = place(package, network(symbolic=True))
    built = package.build()
    assert not built.succeeded
    assert f"error: {source}: input 'x' has no shape" in built.text
    assert "fuse-models.json can give inputShapes or data" in built.text
    options = package.target / "fuse-models.json"
    options.write_text(json.dumps({"net.onnx": {"inputShapes": {"x": [1, 3, 8, 8]}}}))
    assert package.build().lines("fused net.onnx: 1 of 1 norms, equivalent")
    options.write_text(json.dumps({"net.onnx": {"check": False}}))
    assert package.build().lines("fused net.onnx: 1 of 1 norms, not checked")


def test_a_model_that_is_not_proven_fails_the_build_unless_that_is_allowed(package):
    source = place(package, network(foreign=True))
    options = package.target / "fuse-models.json"
    # Without a tolerance each fold is run by itself, which this operator does not hinder.
    said = {"relativeTolerance": 1e-3, "absoluteTolerance": 1e-6}
    options.write_text(json.dumps({"net.onnx": said}))
    built = package.build()
    assert not built.succeeded
    assert re.search(f"error: {re.escape(str(source))}: the fused model is not proven: .*Mystery", built.text)
    assert 'fuse-models.json can give inputShapes or data, or say "allowUnproven": true' in built.text
    options.write_text(json.dumps({"net.onnx": said | {"allowUnproven": True}}))
    for _ in range(2):
        built = package.build()
        assert built.succeeded, built.text
        warning, = built.warnings
        assert warning.startswith(f"warning: {source}: not proven: ") and "Mystery" in warning
    assert norms(package.bundled()["net.onnx"]) == []


def test_strictness_fails_the_build_where_a_norm_stays(package):
    place(package, network(stays=True))
    (package.target / "fuse-models.json").write_text(json.dumps({"*": {"strict": True}}))
    built = package.build()
    assert not built.succeeded and "1 of 2 norms stay" in built.text


def test_what_is_no_model_fails_the_build(package):
    (package.target / "net.onnx").write_bytes(b"no model")
    built = package.build()
    assert not built.succeeded and "net.onnx" in built.text


@pytest.mark.parametrize("location", ["net.onnx.data", "weights.bin"])
def test_external_data_is_bundled_and_watched(package, location):
    source = place(package, network())
    onnx.save(onnx.load(source), source, save_as_external_data=True, location=location, size_threshold=16)
    package.declare(f'exclude: ["Models/{location}"],')
    assert package.build().succeeded
    models = package.bundled()
    assert set(models) == {"net.onnx"}
    first = onnx.load_from_string(models["net.onnx"])
    assert not any(tensor.external_data for tensor in first.graph.initializer)
    data = source.with_name(location)
    data.write_bytes(data.read_bytes()[::-1])
    built = package.build()
    assert built.lines("fused net.onnx") or not built.succeeded, built.text
