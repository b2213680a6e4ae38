"""The command does what is recorded, and a difference is told so that it can be judged."""

import os
import pathlib

import pytest

import comparing
import form
import record
from canonical import Canonical


@pytest.fixture(scope="session")
def command():
    path = os.environ.get("BNFUSE", "")
    if not os.access(path, os.X_OK) or not pathlib.Path(path).is_file():
        pytest.fail(f"BNFUSE must be the path of the built command, and is '{path}'", pytrace=False)
    return os.path.abspath(path)


@pytest.mark.parametrize("group", record.GENERATED)
def test_the_command_does_what_is_recorded(group, command):
    differences = comparing.changes(record.recorded(group), record.observed(command, group))
    if differences:
        pytest.fail(f"{len(differences)} runs differ\n\n{comparing.report(differences)}", pytrace=False)


RECORDED = {
    "first": {"": ["file model.onnx, 3 bytes, #00"], "bnfuse a": ["exit 0", "| norms 1"], "bnfuse b": ["exit 0", "| norms 1"]},
    "second": {"": [], "bnfuse": ["exit 64", "! bnfuse: error: no", "|"]},
}


def test_what_was_rendered_is_parsed_to_the_same():
    assert form.parsed(form.rendered(RECORDED)) == RECORDED


def test_runs_that_did_the_same_stand_together():
    assert "$ bnfuse a\n$ bnfuse b\nexit 0\n| norms 1\n" in form.rendered(RECORDED)


def test_a_change_is_told_with_its_input_its_command_line_and_a_diff():
    now = RECORDED | {"first": RECORDED["first"] | {"bnfuse b": ["exit 0", "| norms 2"]}}
    (change,) = comparing.changes(RECORDED, now)
    assert change == "== first\n$ bnfuse b\n--- recorded\n+++ now\n@@ -1,2 +1,2 @@\n exit 0\n-| norms 1\n+| norms 2"
    assert "make record" in comparing.report([change])


def test_inputs_that_came_or_went_are_changes():
    assert len(comparing.changes({}, RECORDED)) == len(comparing.changes(RECORDED, {})) == 5
    assert comparing.changes(RECORDED, RECORDED) == []


LIMIT = "the limit on memory of 9 bytes is reached: 5 are held and 7 more are asked for (--memory)\n3 of 4 nodes executed"


@pytest.mark.parametrize(
    "measured, words, recorded",
    [
        (True, "norms 1\nseconds   0.011\n", "norms 1\nseconds   …\n"),
        (True, "| seconds | 0.04 |", "| seconds | … |"),
        (True, "3 of 4 nodes executed", "3 of 4 nodes executed"),
        (True, LIMIT, LIMIT.replace("5 are", "… are").replace("7 more", "… more").replace("3 of", "… of")),
        (True, "end to end: 2 values, 'y' takes 0.1", "end to end: 2 values, 'y' takes 0.1"),
        (False, "end to end: 2 values, 'y' takes 0.1", "end to end: 2 values …"),
        (False, "different: 'y': off by 1e-03 of its range", "different: 'y': off by … of its range"),
        (False, "stored numbers: weights within 0.4998 ulp", "stored numbers: weights within 0.4998 ulp"),
    ],
)
def test_only_what_varies_is_taken_out(measured, words, recorded):
    assert Canonical(measured).text(words) == recorded


def test_a_document_is_told_in_facts():
    document = {"tool": {"version": "1"}, "folds": [], "summary": {"folded": 1, "secondsTotal": 2.5}, "norms": ["n" * 200]}
    *rest, norms = Canonical(True).facts(document | {"check": {"verdict": "equivalent", "secondsPerRun": [1]}})[::-1]
    assert rest == ['summary {"folded": 1}', "norms 1 #" + rest[1].split("#")[1]] and norms == 'check.verdict "equivalent"'
