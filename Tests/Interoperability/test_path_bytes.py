"""Paths are bytes: each file is found, and written, under the name that was given, whatever its bytes say."""

import json
import os

import numpy as np
import onnx
import pytest

from builders import conv_norm
from command import listing, run
from external import data_files, write

MODEL = conv_norm()

# Latin-1, a lone continuation byte, a surrogate and an overlong slash in what looks like UTF-8, the last scalar's
# neighbour, and scalars for private use that are text themselves.
NAMES = [b"caf\xe9", b"\x80", b"\xed\xa0\x80", b"\xc0\xaf", b"a\xf4\x90\x80\x80b", "\U0010fc80\U0010fcff".encode(), b"\xff=\xff"]


def shown(name):
    """A name as people see it: what is no UTF-8 byte by byte."""
    return name.decode("utf-8", "replace") if b"\xf4\x8f" in name else "".join(
        part if part.isprintable() and not "\udc80" <= part <= "\udcff" else f"\\x{ord(part) - 0xDC00:02X}"
        for part in name.decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_every_path_keeps_its_bytes(name, folder):
    place = os.fsencode(folder)
    source, target, report = name + b".onnx", name + b".out", name + b".json"
    with open(source, "wb") as file:
        file.write(MODEL.SerializeToString())
    result = run(*map(os.fsdecode, (source, b"-o", target, b"--report", report)))
    assert result.exit == 0, result.stderr
    assert sorted(os.listdir(place)) == sorted([source, target, report])
    told = json.loads((folder / os.fsdecode(report)).read_text("utf-8"))
    assert told["input"]["path"] == shown(source) and told["output"]["path"] == shown(target)
    checked = run("check", os.fsdecode(source), os.fsdecode(target), "--json")
    assert checked.exit == 0 and json.loads(checked.out)["original"]["path"] == shown(source)
    assert run("inspect", os.fsdecode(source)).exit == 0
    os.remove(source)
    run(os.fsdecode(source), "-o", "o").assert_failed(1, f"error: {shown(source)}: no such file or folder")


def test_options_joined_to_their_values_keep_the_bytes(folder):
    (folder / "m.onnx").write_bytes(MODEL.SerializeToString())
    assert run("m.onnx", os.fsdecode(b"--output=a\xe9"), os.fsdecode(b"--report=b\xe9.json")).exit == 0
    assert sorted(os.listdir(os.fsencode(folder))) == [b"a\xe9", b"b\xe9.json", b"m.onnx"]


def test_recorded_data_and_labels_may_lie_under_any_name(folder):
    (folder / "m.onnx").write_bytes(MODEL.SerializeToString())
    data = os.fsdecode(b"data\xe9")
    os.mkdir(data)
    shape = [d.dim_value for d in MODEL.graph.input[0].type.tensor_type.shape.dim]
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    with open(f"{data}/input_0.pb", "wb") as file:
        file.write(onnx.numpy_helper.from_array(x).SerializeToString())
    assert run("check", "m.onnx", "m.onnx", "--data", data).exit == 0
    run("check", "m.onnx", "m.onnx", "--data", os.fsdecode(b"none\xe9")).assert_failed(1, "none\\xE9: has neither")
    labels = os.fsdecode(b"none\xe9.npy")
    run("check", "m.onnx", "m.onnx", "--data", data, "--labels", labels).assert_failed(1, "none\\xE9.npy: does not exist")


def test_external_data_lies_under_the_bytes_that_the_model_names(folder):
    """A location that is no UTF-8 is carried as it is; onnx's own message cannot hold one, so its length is kept."""
    write(folder, location="weights.bin")
    data = (folder / "model.onnx").read_bytes()
    assert data.count(b"weights.bin") >= 1
    (folder / "model.onnx").write_bytes(data.replace(b"weights.bin", b"weights.b\xe9n"))
    os.rename(b"weights.bin", b"weights.b\xe9n")
    assert run("model.onnx", "-o", "fused.onnx", "--inline-data").exit == 0
    os.remove(b"weights.b\xe9n")
    run("model.onnx", "-o", "fused.onnx").assert_failed(1, "no such file or folder")


def test_an_external_root_may_have_any_name(folder):
    (folder / "model").mkdir()
    write(folder / "model")
    os.mkdir(b"root\xe9")
    os.rename("model/weights.bin", b"root\xe9/weights.bin")
    os.symlink(b"../root\xe9/weights.bin", b"model/weights.bin")
    run("model/model.onnx", "-o", "o").assert_failed(1, "root\\xE9/weights.bin")
    assert run("model/model.onnx", "-o", "o", "--inline-data", "--external-root", os.fsdecode(b"root\xe9")).exit == 0


def test_a_data_file_of_an_output_has_a_name_that_the_model_can_hold(folder):
    (folder / "m.onnx").write_bytes(MODEL.SerializeToString())
    target = os.fsdecode(b"o\xe9.onnx")
    for _ in range(2):
        assert run("m.onnx", "-o", target, "--external-data").exit == 0
        (data,) = data_files(folder)
        assert data.startswith("o_.onnx.")
        with open(target, "rb") as file:
            model = onnx.load_model_from_string(file.read())
        assert {e.value for t in model.graph.initializer for e in t.external_data if e.key == "location"} == {data}
    # The old data file is known by that name too.
    (folder / "m.onnx").write_bytes(conv_norm(seed=5).SerializeToString())
    assert run("m.onnx", "-o", target, "--external-data").exit == 0
    assert len(data_files(folder)) == 1 and data_files(folder) != [data]


def test_names_of_the_model_are_chosen_by_their_bytes(folder):
    """onnx's message cannot hold a name that is no UTF-8, so its length is kept."""
    model = conv_norm()
    model.graph.node[1].name = "bnXYZ"
    (folder / "m.onnx").write_bytes(model.SerializeToString().replace(b"bnXYZ", b"bn\xe9YZ"))
    name = os.fsdecode(b"bn\xe9YZ")
    for options, folded in (("--only", name), 1), (("--skip", name), 0), (("--only", "bn?YZ"), 1), (("--only", "bn"), 0):
        assert run("m.onnx", "-o", "o.onnx", "--report", "r.json", *options).exit == 0
        assert json.loads((folder / "r.json").read_text("utf-8"))["summary"]["folded"] == folded


def test_what_is_no_option_is_named_as_it_was_given(folder):
    run("m.onnx", "-o", "o.onnx", os.fsdecode(b"--caf\xe9")).assert_failed(64, "--caf\\xE9")
    assert listing(folder) == {}
