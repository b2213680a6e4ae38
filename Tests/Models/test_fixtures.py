"""The digits network and the hand-made models, fused by the built command."""

import json
import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import command
import fetch
import runtime
from exact_fold import check
from unchanged import differences

FIXTURES = fetch.ROOT / "Fixtures"
DIGITS = FIXTURES / "digits"
EXPECTED = json.loads((FIXTURES / "handmade" / "expected.json").read_text())

# onnxruntime has no kernels for these on a CPU; their weights are judged all the same.
NOT_RUN = {"bfloat16", "float64", "typed_storage", "opset1", "opset6_test"}
HALF = {"float16", "mixed_types"}


def test_the_handmade_models_are_what_their_script_makes(tmp_path):
    subprocess.run([sys.executable, str(FIXTURES / "handmade" / "make.py"), str(tmp_path)], check=True)
    made, committed = command.files(tmp_path), command.files(FIXTURES / "handmade")
    del committed["make.py"]
    assert made.keys() == committed.keys()
    assert [name for name in made if made[name] != committed[name]] == []


@pytest.mark.parametrize("name", EXPECTED)
def test_handmade(name, bnfuse, tmp_path):
    path, output = FIXTURES / "handmade" / f"{name}.onnx", tmp_path / "first" / "model.onnx"
    output.parent.mkdir()
    run = command.fuse(bnfuse, path, output)
    assert run.status == 0, run.errors

    expected, summary = EXPECTED[name], run.report["summary"]
    assert (summary["batchNorms"], summary["folded"]) == (expected["batchNorms"], expected["folded"])
    assert {declined["batchNorm"]: declined["code"] for declined in run.report["declined"]} == expected["declined"]

    original, fused = onnx.load(path), onnx.load(output)
    onnx.checker.check_model(str(output))
    found = check(original, fused, run.report)
    assert found.wrong == []
    assert differences(original, fused, run.report) == []
    if expected["folded"] == 0:
        assert path.read_bytes() == output.read_bytes()
    elif name not in NOT_RUN:
        feeds = runtime.inputs(original)
        before, after = runtime.run(original, feeds), runtime.run(fused, feeds)
        off = {value: runtime.deviation(before[value], after[value]) for value in before}
        assert max(off.values()) <= (5e-3 if name in HALF else 1e-5), off

    again = tmp_path / "second" / "model.onnx"
    again.parent.mkdir()
    assert command.fuse(bnfuse, output, again).status == 0
    assert command.files(again.parent) == command.files(output.parent)


@pytest.fixture(scope="module")
def digits(bnfuse, tmp_path_factory):
    output = tmp_path_factory.mktemp("digits") / "digits.onnx"
    run = command.fuse(bnfuse, DIGITS / "digits.onnx", output)
    assert run.status == 0, run.errors
    return onnx.load(DIGITS / "digits.onnx"), onnx.load(output), run


def test_digits_fold_exactly(digits, summary):
    original, fused, run = digits
    assert run.report["summary"]["batchNorms"] == run.report["summary"]["folded"] == 7
    onnx.checker.check_model(fused)
    found = check(original, fused, run.report)
    assert found.wrong == []
    assert differences(original, fused, run.report) == []
    summary.append(f"{'digits':22} 7 norms, 7 folded, {found.elements} elements exact, {run.peak / 1024:.1f} MiB")


def test_digits_are_recognised_as_before(digits):
    _, fused, _ = digits
    labels = json.loads((DIGITS / "labels.json").read_text())
    data = DIGITS / "test_data_set_0"
    images, recorded = (numpy_helper.to_array(onnx.load_tensor(data / f"{n}_0.pb")) for n in ("input", "output"))
    (scores,) = runtime.run(fused, {"image": images}).values()
    assert runtime.deviation(recorded, scores) <= 1e-5
    assert int((scores.argmax(1) == np.array(labels["labels"])).sum()) == labels["right"]
    assert np.array_equal(scores.argmax(1), recorded.argmax(1))
