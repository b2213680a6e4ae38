"""The models in `Fixtures`: every weight and bias exact, the expected norms folded, the recorded outputs right."""

import json
import pathlib
import shutil

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from command import fuse, run
from judge import assert_exact, judge
from oracles import with_onnxruntime

FIXTURES = pathlib.Path(__file__).parents[2] / "Fixtures"
EXPECTED = json.loads((FIXTURES / "handmade" / "expected.json").read_text())
DIGITS = FIXTURES / "digits"


def has_external_data(model):
    return any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in model.graph.initializer)


def test_every_handmade_model_has_its_expectation():
    assert {path.stem for path in (FIXTURES / "handmade").glob("*.onnx")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_handmade_model_folds_as_expected(name, folder):
    expected = EXPECTED[name]
    path = FIXTURES / "handmade" / f"{name}.onnx"
    model = onnx.load(path, load_external_data=False)
    if has_external_data(model):
        model = onnx.load(path)
        for file in path.parent.glob("external*"):
            shutil.copy(file, folder)
        assert run(f"{name}.onnx", "-o", "fused.onnx").exit == 0
        assert len(assert_exact(model, onnx.load("fused.onnx"))) == expected["folded"]
        return
    result = fuse(path.read_bytes())
    assert result.report["summary"]["batchNorms"] == expected["batchNorms"]
    assert result.report["summary"]["folded"] == expected["folded"], result.report["declined"]
    assert {d["batchNorm"]: d["code"] for d in result.report["declined"]} == expected["declined"]
    if expected["folded"]:
        judge(model, result)
    else:
        assert result.data == result.input


@pytest.fixture(scope="module")
def digits():
    model = onnx.load(DIGITS / "digits.onnx")
    return model, fuse(model)


def test_every_weight_and_bias_of_the_trained_network_is_correctly_rounded(digits):
    model, result = digits
    norms = sum(node.op_type == "BatchNormalization" for node in model.graph.node)
    pairs = judge(model, result, folded=norms, declined=[])
    assert sum(before.weight.size for before, _ in pairs) > 10_000


def test_the_trained_network_still_reads_the_held_out_digits(digits):
    _, result = digits
    recorded = DIGITS / "test_data_set_0"
    images, scores = (
        numpy_helper.to_array(onnx.TensorProto.FromString((recorded / name).read_bytes()))
        for name in ("input_0.pb", "output_0.pb")
    )
    record = json.loads((DIGITS / "labels.json").read_text())
    (fused,) = with_onnxruntime(result.model, {"image": images})
    assert np.abs(fused - scores).max() <= 1e-4 * np.abs(scores).max()
    assert (fused.argmax(1) == scores.argmax(1)).all()
    assert int((fused.argmax(1) == np.array(record["labels"])).sum()) == record["right"]


def test_a_network_fused_in_two_steps_is_as_good_as_in_one(digits):
    """First some of the norms, then the others: each is in another operator, so the bytes are the same."""
    model, result = digits
    norms = [node.output[0] for node in model.graph.node if node.op_type == "BatchNormalization"]
    options = [option for value in norms[::2] for option in ("--skip", value)]
    half = fuse(model, *options)
    assert half.report["summary"]["folded"] == len(norms) - len(norms[::2])
    whole = fuse(half.model)
    stored = [sorted(numpy_helper.to_array(t).tobytes() for t in r.model.graph.initializer) for r in (whole, result)]
    assert stored[0] == stored[1]
