"""Real models, trained by others: fused by the built command, and judged by other programs.

    BNFUSE=.build/release/bnfuse python -m pytest Tests/Models
"""

import subprocess
from types import SimpleNamespace

import numpy as np
import onnx
import pytest

import command
import fetch
import runtime
from evaluation_cases import computed, write_data
from exact_fold import check
from graphs import is_a, scopes
from unchanged import differences

TOLERANCE = 1e-4
# What a norm folds through into the operator before it, with nothing else changed.
BESIDE = {"Identity", "Dropout", "Add", "BatchNormalization"}


@pytest.fixture(scope="module", params=fetch.MODELS, ids=lambda entry: entry["name"])
def case(request, bnfuse, tmp_path_factory, summary):
    """One model, fused: both models with their data, the run, and a place to collect what is measured."""
    entry = request.param
    path = fetch.model(entry)
    output = tmp_path_factory.mktemp(entry["name"]) / "model.onnx"
    run = command.fuse(bnfuse, path, output)
    assert run.status == 0, run.errors
    original, fused = onnx.load(path), onnx.load(output)
    # Constants that no norm takes along stay where they are left out, so that nothing but norms goes.
    only = [word for norm in norms(original) for word in ("--only", norm.output[0])] or ["--skip", "*"]
    bare = tmp_path_factory.mktemp(entry["name"]) / "model.onnx"
    bare_run = command.fuse(bnfuse, path, bare, *only)
    assert bare_run.status == 0, bare_run.errors
    measured = {"norms": len(list(norms(original))), "folded": len(run.report["folds"])}
    yield SimpleNamespace(
        entry=entry, path=path, output=output, report=run.report, measured=measured, original=original, fused=fused,
        only=only, bare=onnx.load(bare), bare_report=bare_run.report,
        is_plain=all(fold["direction"] == "backward" and set(fold["through"]) <= BESIDE
                     for fold in bare_run.report["folds"]),
    )
    line = ", ".join(f"{value} {name}" for name, value in measured.items())
    summary.append(f"{entry['name']:22} {line}, {run.seconds * 1000:.0f} ms, {run.peak / 1024:.1f} MiB")


def norms(model):
    return (node for scope in scopes(model) for node in scope.graph.node if is_a(node, "BatchNormalization"))


def test_the_report_counts_right(case):
    summary = case.report["summary"]
    assert {key: summary[key] for key in ("batchNorms", "folded")} == case.entry["expected"]
    assert summary["batchNorms"] == sum(summary[key] for key in ("folded", "declined", "merged", "lowered"))
    assert len(case.report["folds"]) == summary["folded"]
    assert len(case.report["declined"]) == summary["declined"]
    assert all(declined["code"] and declined["reason"] for declined in case.report["declined"])


def test_no_fused_norm_is_left(case):
    # A norm that stays may have taken in constants behind it, and writes what they wrote.
    assert len(list(norms(case.fused))) == len(case.report["declined"])
    assert {norm.output[0] for norm in norms(case.bare)} == {
        declined["batchNorm"] for declined in case.bare_report["declined"]}


def test_the_fused_model_is_valid(case):
    onnx.checker.check_model(str(case.output))


def test_inputs_and_outputs_keep_their_names(case):
    def names(model, values):
        stored = {tensor.name for tensor in model.graph.initializer}
        return [value.name for value in values if value.name not in stored]

    assert names(case.original, case.original.graph.input) == names(case.fused, case.fused.graph.input)
    assert names(case.original, case.original.graph.output) == names(case.fused, case.fused.graph.output)


def test_nothing_else_changed(case):
    if case.is_plain:
        assert differences(case.original, case.bare, case.bare_report) == []
    else:
        # Where norms go forward, what is between has new names; whatever has its old name and type is the same.
        old = {node.output[0]: node for node in case.original.graph.node}
        touched = {target["output"] for fold in case.bare_report["folds"] for target in fold["into"]}
        renamed = {entry["new"] for entry in case.bare_report["renamed"]}
        gone = {fold["batchNorm"] for fold in case.bare_report["folds"]} | {
            entry["old"] for entry in case.bare_report["renamed"]}
        same = [node for node in case.bare.graph.node
                if node.output[0] not in touched | renamed and not gone & set(old[node.output[0]].input)]
        assert len(same) > len(case.bare.graph.node) / 2
        assert all(node == old[node.output[0]] for node in same)


def test_without_a_fold_the_model_stays_as_it_is(case):
    if case.entry["expected"]["folded"] > 0:
        return
    if len(case.entry.get("companions", [])) > 0:
        # The data file has another name, and its tensors may lie elsewhere in it; nothing else may differ.
        same = [onnx.load(path, load_external_data=False) for path in (case.path, case.output)]
        for model in same:
            for tensor in model.graph.initializer:
                del tensor.external_data[:]
        assert same[0].SerializeToString() == same[1].SerializeToString()
        assert case.original.SerializeToString() == case.fused.SerializeToString()
    else:
        assert case.path.read_bytes() == case.output.read_bytes()


def test_a_second_fuse_changes_nothing(case, bnfuse, tmp_path):
    run = command.fuse(bnfuse, case.output, tmp_path / case.output.name)
    assert run.status == 0, run.errors
    assert run.report["summary"]["folded"] == 0
    assert command.files(tmp_path) == command.files(case.output.parent)


def test_the_same_run_gives_the_same_bytes(case, bnfuse, tmp_path):
    assert command.fuse(bnfuse, case.path, tmp_path / case.output.name).status == 0
    assert command.files(tmp_path) == command.files(case.output.parent)


def test_every_folded_element_is_correctly_rounded(case):
    certificates = [fold["certificate"] for fold in case.report["folds"]]
    assert all(certificate["maxWeightUlp"] <= 0.5 + 1e-9 for certificate in certificates)
    assert all(certificate["maxBiasUlp"] <= 0.5 + 1e-9 for certificate in certificates)
    if not case.is_plain:
        return  # what goes into operators behind is certified, here and by the check, but not computed apart
    found = check(case.original, case.bare, case.bare_report)
    case.measured["elements exact"] = found.elements - len(found.wrong)
    assert found.wrong[:10] == [], f"{len(found.wrong)} of {found.elements} elements are wrong"
    assert (found.elements > 0) == (case.entry["expected"]["folded"] > 0)


def test_it_computes_the_same(case):
    if case.path.read_bytes() == case.output.read_bytes():
        return
    # A sigmoid that saturates hides differences, so it is judged by what goes into it, and itself by its range of 1.
    sigmoids = case.entry.get("sigmoids", {})
    outputs = [value.name for value in case.original.graph.output if value.name not in sigmoids]
    outputs += sigmoids.values()
    # Outputs that are one constant whatever the input, like those of the light models, hide them too.
    kept = {name for node in case.fused.graph.node for name in node.output}
    within = [name for name in runtime.norm_outputs(case.original) if name in kept]

    feeds = runtime.inputs(case.original, case.entry["inputs"], case.entry.get("values"))
    before = runtime.run(case.original, feeds, within + outputs)
    after = runtime.run(case.fused, feeds, within + outputs)
    assert before.keys() == after.keys()
    off = {name: runtime.deviation(before[name], after[name]) for name in outputs}
    off |= {name: runtime.deviation(before[name], after[name], scale=1) for name in sigmoids}
    inner = {name: runtime.deviation(before[name], after[name], np.abs(before[name]).max()) for name in within}
    case.measured["of the output's range off"] = f"{max(off.values()):.1e}"
    case.measured["of a norm's size"] = f"{max(inner.values(), default=0):.1e}"
    assert {name: value for name, value in (inner | off).items() if value > TOLERANCE} == {}


def test_the_check_proves_it_end_to_end(case, bnfuse, tmp_path):
    feeds = runtime.inputs(case.original, case.entry["inputs"], case.entry.get("values"))
    # The fused model gives what onnxruntime makes of it, so that what the check runs is what it means.
    data = write_data(tmp_path / "data", feeds, computed(case.output, feeds))
    assert bnfuse_check(bnfuse, case.output, "--data", data, "--precision", "own").status == 0
    for options in ([], case.only):
        run = command.fuse(bnfuse, case.path, tmp_path / case.path.name, "--check", "--data", str(data), *options)
        assert run.status == 0, run.errors
        check = run.report["check"]
        assert (check["verdict"], check["scope"], check.get("reason")) == ("equivalent", "end-to-end", None)
        assert check["executed"] == check["nodes"]
        case.measured["of what the check allows"] = f"{max((d['share'] for d in check['drifts']), default=0):.2f}"
    certification = check["certification"]
    stored = [fold[role] for fold in certification["folds"] for role in ("weight", "bias") if role in fold]
    assert all(distance["beyondOne"] == 0 and distance["maxUlp"] <= 0.5 + 1e-6 for distance in stored)
    if not case.is_plain:
        return
    assert certification["changes"] == []
    assert sorted(norm for fold in certification["folds"] for norm in fold["norms"]) == sorted(
        fold["batchNorm"] for fold in run.report["folds"])
    assert check["unrounded"]["worst"] <= 1e-10
    assert [fold["activations"] for fold in check["foldLocal"]] == ["run"] * len(certification["folds"])


def bnfuse_check(bnfuse, *arguments):
    """A check without a report."""
    done = subprocess.run([bnfuse, "check", *map(str, arguments)], capture_output=True, text=True, timeout=300)
    return SimpleNamespace(status=done.returncode, errors=done.stdout + done.stderr)


def test_it_computes_what_was_recorded(case):
    recorded = [part for part in case.entry.get("companions", []) if part["member"].endswith("_output_0.pb")]
    if not recorded:
        return
    # The outputs beside the light models belong to this input: a ramp from 0 to 1.
    ((name, shape),) = case.entry["inputs"].items()
    ramp = (np.arange(np.prod(shape)).reshape(shape) / np.prod(shape)).astype(np.float32)
    wanted = onnx.numpy_helper.to_array(onnx.load_tensor(fetch.kept(case.entry, recorded[0])))
    (found,) = runtime.run(case.fused, {name: ramp}).values()
    assert runtime.deviation(wanted, found) <= TOLERANCE
