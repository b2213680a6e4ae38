"""What the built command computes for every value of the real models, beside what onnxruntime computes.

    BNFUSE=.build/release/bnfuse python -m pytest Tests/Models/test_evaluation.py
"""

import math
import tempfile
from types import SimpleNamespace

import numpy as np
import pytest

import evaluation_cases
import fetch

# How many times its own rounding onnxruntime's float32 may be off: it adds up in another order.
ROUNDINGS = 8
EPSILON = float(np.finfo(np.float32).eps)

# With these onnx compares the outputs that it recorded for the light models.
RECORDED = ["--rtol", "1e-3", "--atol", "1e-7"]
LIGHT = [
    (entry, part) for entry in fetch.MODELS
    for part in entry.get("companions", []) if part["member"].endswith("_output_0.pb")
]


@pytest.fixture(scope="module", params=fetch.MODELS, ids=lambda entry: entry["name"])
def case(request, bnfuse, summary):
    """One model, checked: what was recorded, and what the command says of it."""
    entry = request.param
    with tempfile.TemporaryDirectory() as folder:
        built = evaluation_cases.build(entry, folder)
        checked = evaluation_cases.check(bnfuse, built)
    assert checked.status in (0, 2), checked.report.get("check", {}).get("notExecuted") or checked.errors
    report = checked.report["check"]
    (run,) = report["runs"]
    measured = {"nodes": report["nodes"], "values": len(built.outputs)}
    yield SimpleNamespace(
        status=checked.status, report=report, expected=built.outputs, sigmoids=built.sigmoids, measured=measured,
        compared={kind: [o for o in run["outputs"] if o["precision"] == kind] for kind in ("own", "float64")},
    )
    line = ", ".join(f"{value} {name}" for name, value in measured.items())
    summary.append(f"{entry['name']:22} {line}, {checked.seconds:.1f} s")


def allowance(values, own_rounding, is_sigmoid):
    """How far float32 may be off. A sigmoid is as inexact where it is close to 0 as anywhere in its range of 1."""
    values = values.astype(np.float64)
    spread, size = np.ptp(values), np.abs(values).max()
    # Where the values are all alike their range says nothing, and their size is taken.
    scale = 1 if is_sigmoid else spread if spread > 1e-3 * size else size
    return ROUNDINGS * max(own_rounding, EPSILON * float(scale))


def test_every_node_is_executed(case):
    assert case.report["notExecuted"] == []
    assert case.report["executed"] == case.report["nodes"] > 0
    assert case.report["verdict"] == {0: "equivalent", 2: "different"}[case.status]


@pytest.mark.parametrize("precision", ["own", "float64"])
def test_every_value_is_compared(case, precision):
    compared = case.compared[precision]
    expected = [(name, list(values.shape), values.size) for name, values in case.expected.items()]
    assert [(output["name"], output["shape"], output["elements"]) for output in compared] == expected


def test_integers_and_booleans_are_exact(case):
    wrong = [
        (output["name"], precision, output["mismatches"]) for precision, outputs in case.compared.items()
        for output in outputs if case.expected[output["name"]].dtype.kind != "f"
        and (output["mismatches"] or output["maxAbsoluteError"])
    ]
    assert wrong == []


def test_floats_are_within_float32s_rounding(case):
    off = {}
    for output in case.compared["float64"]:
        values = case.expected[output["name"]]
        if values.dtype.kind != "f" or values.size == 0:
            continue
        assert np.isfinite(values).all(), output["name"]
        error, rounding = output["maxAbsoluteError"], output["ownRounding"]
        if error is None or rounding is None:  # one of the command's own values is not finite
            off[output["name"]] = math.inf
        elif error > 0:
            allowed = allowance(values, rounding, output["name"] in case.sigmoids)
            off[output["name"]] = error / allowed if allowed > 0 else math.inf
    case.measured["of what is allowed"] = f"{max(off.values(), default=0):.2f}"
    assert {name: share for name, share in off.items() if share > 1} == {}


@pytest.mark.parametrize("entry, output", LIGHT, ids=[entry["name"] for entry, _ in LIGHT])
def test_it_computes_what_was_recorded(entry, output, bnfuse, tmp_path):
    case = evaluation_cases.recorded(entry, output, tmp_path)
    checked = evaluation_cases.check(bnfuse, case, *RECORDED)
    assert checked.status == 0, checked.report or checked.errors
    assert checked.report["check"]["verdict"] == "equivalent"


def test_a_wrong_element_is_found(bnfuse, tmp_path):
    entry = next(entry for entry in fetch.MODELS if entry["name"] == "silero_vad")
    case = evaluation_cases.build(entry, tmp_path)
    wrong = case.outputs["stateN"].copy()
    wrong.reshape(-1)[-1] += 0.5
    evaluation_cases.write_tensors(case.data, "output", case.outputs | {"stateN": wrong})

    checked = evaluation_cases.check(bnfuse, case)
    assert checked.status == 2, checked.errors
    assert checked.report["check"]["verdict"] == "different"
    found = [o for o in checked.report["check"]["runs"][0]["outputs"] if o["name"] == "stateN"]
    # The verdict looks at the model's own precision, in which the values were recorded.
    assert [output["mismatches"] for output in found] == [1, 0]
    assert all(output["maxAbsoluteError"] > 0.4 for output in found)
    assert [output["maxAbsoluteError"] for output in found] == pytest.approx([0.5, 0.5], abs=1e-4)
