"""The command: its exit status, its two streams, its options, and what it leaves on the disk."""

import json
import os
import re
import stat
import subprocess

import numpy as np
import onnx
import pytest

from builders import Graph, conv_norm, norms
from command import command, listing, run
from contract import check_report

DECLINED = conv_norm(variance=-np.ones(4)).SerializeToString()
FOLDED = conv_norm().SerializeToString()


@pytest.fixture
def model(folder):
    """A model in the working folder that folds."""
    (folder / "model.onnx").write_bytes(FOLDED)
    return "model.onnx"


@pytest.fixture
def declined(folder):
    """A model in the working folder that does not fold."""
    (folder / "declined.onnx").write_bytes(DECLINED)
    return "declined.onnx"


def three_norms():
    graph = Graph()
    graph.input("x", [1, 3, 6, 6])
    for name in ("stem/bn1", "stem/bn2", "head/bn1"):
        graph.weight(f"w {name}", [4, 3, 3, 3])
        graph.convolution("x", f"c {name}", f"w {name}")
        graph.norm(f"c {name}", f"out:{name}", 4, name=name)
        graph.output(f"out:{name}", [1, 4, 4, 4])
    return graph.model()


# Ways to say it


def test_fuse_may_be_named_or_left_out(model, folder):
    assert run("fuse", model, "-o", "a.onnx").exit == 0
    assert run(model, "-o", "b.onnx").exit == 0
    assert run("-o", "c.onnx", model).exit == 0
    assert run(model, "--output", "d.onnx").exit == 0
    files = listing(folder)
    assert files["a.onnx"] == files["b.onnx"] == files["c.onnx"] == files["d.onnx"] != FOLDED
    assert set(files) == {"model.onnx", "a.onnx", "b.onnx", "c.onnx", "d.onnx"}


@pytest.mark.parametrize(
    "name", ["m.pb", "m.onnx", "m", "m.tar.gz", "m.json", "a name with blanks", "--", "Ünïcode", "-x"]
)
def test_the_ending_of_a_name_means_nothing(name, folder):
    (folder / name).write_bytes(FOLDED)
    path = f"./{name}" if name.startswith("-") else name
    assert run(path, "-o", f"./out {name}").exit == 0
    onnx.load_from_string((folder / f"out {name}").read_bytes())


def test_a_model_named_like_a_subcommand_is_reached_by_its_path(folder):
    (folder / "inspect").write_bytes(FOLDED)
    assert run("./inspect", "-o", "fused.onnx").exit == 0


def test_version_is_one_line_on_standard_output():
    result = run("--version")
    assert result.exit == 0 and result.stderr == ""
    assert re.fullmatch(r"bnfuse \d+\.\d+\.\d+\S* \((commit [0-9a-f]{12}\+?, )?formats: ONNX\)\n", result.stdout), result.stdout


@pytest.mark.parametrize("line", [["--help"], ["help"], ["help", "fuse"], ["help", "inspect"], ["inspect", "--help"]])
def test_help_goes_to_standard_output(line):
    result = run(*line)
    assert result.exit == 0 and result.stderr == ""
    assert "bnfuse" in result.stdout and len(result.stdout) > 40
    if "inspect" in line:
        assert "--json" in result.stdout


@pytest.mark.parametrize(
    "line",
    [
        [],
        ["fuse"],
        ["model.onnx"],
        ["model.onnx", "-o"],
        ["model.onnx", "-o", "a.onnx", "--nonsense"],
        ["model.onnx", "-o", "a.onnx", "--strict=maybe"],
        ["model.onnx", "second.onnx", "-o", "a.onnx"],
        ["model.onnx", "-o", "a.onnx", "-o"],
        ["model.onnx", "-o", "a.onnx", "--report"],
        ["model.onnx", "-o", "a.onnx", "--report", "report.txt"],
        ["model.onnx", "-o", "a.onnx", "--report", "report"],
        ["model.onnx", "-o", "a.onnx", "--only"],
        ["inspect"],
        ["inspect", "model.onnx", "--nonsense"],
        ["inspect", "model.onnx", "another.onnx"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_64(line, model, folder):
    result = run(*line)
    text = result.assert_failed(64)
    assert "usage" not in text.lower().split(":")[-1][:8] and len(text) < 300
    assert set(listing(folder)) == {"model.onnx"}


# Streams


def test_the_summary_goes_to_standard_output(model):
    result = run(model, "-o", "fused.onnx")
    assert result.exit == 0 and result.stderr == ""
    assert result.stdout.strip() and "1" in result.stdout
    assert "\x1b" not in result.stdout, "colour without a terminal"


def test_each_declined_norm_has_a_line(declined):
    result = run(declined, "-o", "fused.onnx")
    assert result.exit == 0
    lines = [line for line in result.stdout.splitlines() if "bn" in line or "'y'" in line]
    assert any("invalid-variance" in line or "variance" in line for line in lines), result.stdout


def test_quiet_prints_nothing(model, declined):
    for name in (model, declined):
        result = run(name, "-o", "fused.onnx", "--quiet")
        assert (result.exit, result.stdout, result.stderr) == (0, "", "")


def test_verbose_does_not_change_what_is_written(model, folder):
    run(model, "-o", "a.onnx")
    assert run(model, "-o", "b.onnx", "--verbose").exit == 0
    assert (folder / "a.onnx").read_bytes() == (folder / "b.onnx").read_bytes()


@pytest.mark.parametrize("quiet", [False, True])
def test_the_model_on_standard_output_is_all_that_is_there(model, folder, quiet):
    run(model, "-o", "fused.onnx")
    result = run(model, "-o", "-", *(["--quiet"] if quiet else []))
    assert result.exit == 0 and result.out == (folder / "fused.onnx").read_bytes()
    assert bool(result.stderr) != quiet, "the summary goes to standard error"
    assert not (folder / "-").exists()


def test_the_model_may_come_through_a_pipe(model, folder):
    run(model, "-o", "fused.onnx")
    result = run("-", "-o", "piped.onnx", stdin=FOLDED)
    assert result.exit == 0 and (folder / "piped.onnx").read_bytes() == (folder / "fused.onnx").read_bytes()


def test_the_model_may_come_from_a_redirected_file(model, folder):
    run(model, "-o", "fused.onnx")
    with open(model, "rb") as file:
        assert run("-", "-o", "redirected.onnx", stdin=file).exit == 0
    assert (folder / "redirected.onnx").read_bytes() == (folder / "fused.onnx").read_bytes()


def test_a_model_may_pass_through_from_pipe_to_pipe(model, folder):
    run(model, "-o", "fused.onnx")
    assert run("-", "-o", "-", "--quiet", stdin=FOLDED).out == (folder / "fused.onnx").read_bytes()


def test_nothing_on_standard_input_is_an_error(folder):
    run("-", "-o", "fused.onnx", stdin=b"").assert_failed(1)
    assert listing(folder) == {}


def test_a_closed_standard_output_is_an_error_and_no_crash(model):
    """The reader of a pipe has gone away."""
    reading, writing = os.pipe()
    os.close(reading)


    big = conv_norm(channels=2000).SerializeToString()
    with os.fdopen(writing, "wb") as out:
        done = subprocess.run([command(), "-", "-o", "-"], input=big, stdout=out, stderr=subprocess.PIPE, timeout=20)
    assert done.returncode == 1, f"exit {done.returncode}: {done.stderr}"


# What is written


def test_input_and_output_may_be_the_same_file(model, folder):
    run(model, "-o", "fused.onnx")
    assert run(model, "-o", model).exit == 0
    assert (folder / model).read_bytes() == (folder / "fused.onnx").read_bytes()
    assert set(listing(folder)) == {"model.onnx", "fused.onnx"}


def test_an_older_output_is_replaced(model, folder):
    (folder / "fused.onnx").write_bytes(b"x" * 100_000)
    assert run(model, "-o", "fused.onnx").exit == 0
    assert onnx.load_from_string((folder / "fused.onnx").read_bytes()).graph.node[0].op_type == "Conv"


def test_a_new_output_has_ordinary_permissions(model, folder):
    before = os.umask(0o022)
    try:
        run(model, "-o", "fused.onnx")
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "fused.onnx").stat().st_mode) == 0o644


def test_the_input_is_only_read(model, folder):
    path = folder / model
    path.chmod(0o444)
    before = path.stat()
    assert run(model, "-o", "fused.onnx").exit == 0
    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns, before.st_size) == (after.st_ino, after.st_mtime_ns, after.st_size)


def test_a_dry_run_writes_the_report_and_nothing_else(model, folder):
    result = run(model, "-o", "fused.onnx", "--dry-run", "--report", "report.json")
    assert result.exit == 0 and result.stdout.strip()
    assert set(listing(folder)) == {"model.onnx", "report.json"}
    report = json.loads((folder / "report.json").read_text())
    check_report(report, written=False)
    assert report["summary"]["folded"] == 1


def test_a_dry_run_lists_the_edits_where_more_is_asked_for(model, folder):
    plain, verbose = (run(model, "--dry-run", *options) for options in ([], ["-v"]))
    edits = [line for line in verbose.stdout.splitlines() if line.startswith("edit: ")]
    assert any(line.startswith("edit: remove BatchNormalization '") for line in edits)
    assert "edit: " not in plain.stdout and "edit: " not in run(model, "-o", "fused.onnx", "-v").stdout


def test_a_dry_run_leaves_an_older_output_alone(model, folder):
    (folder / "fused.onnx").write_bytes(b"old")
    assert run(model, "-o", "fused.onnx", "--dry-run").exit == 0
    assert (folder / "fused.onnx").read_bytes() == b"old"


def test_strict_writes_if_everything_folds(model, folder):
    assert run(model, "-o", "fused.onnx", "--strict").exit == 0
    assert (folder / "fused.onnx").exists()


@pytest.mark.parametrize("older", [None, b"old"])
def test_strict_writes_the_report_but_no_model_if_something_is_declined(declined, folder, older):
    if older:
        (folder / "fused.onnx").write_bytes(older)
    result = run(declined, "-o", "fused.onnx", "--strict", "--report", "report.json")
    assert result.exit == 3
    assert result.stderr.startswith("bnfuse: error: ") and result.stderr.count("\n") == 1, result.stderr
    report = json.loads((folder / "report.json").read_text())
    check_report(report, written=False)
    assert report["declined"][0]["code"] == "invalid-variance"
    assert listing(folder).get("fused.onnx") == older


def test_strict_in_place_changes_nothing(declined, folder):
    assert run(declined, "-o", declined, "--strict").exit == 3
    assert listing(folder) == {declined: DECLINED}


def test_strict_counts_what_was_excluded(folder):
    (folder / "model.onnx").write_bytes(three_norms().SerializeToString())
    assert run("model.onnx", "-o", "fused.onnx", "--strict", "--skip", "head/*").exit == 3


def test_two_reports_are_written(model, folder):
    assert run(model, "-o", "fused.onnx", "--report", "a.json", "--report", "b.json").exit == 0
    first, second = (json.loads((folder / name).read_text()) for name in ("a.json", "b.json"))
    check_report(first)
    assert first["summary"]["secondsReading"] + first["summary"]["secondsPlanning"] < first["summary"]["secondsTotal"]
    for report in first, second:
        for key in "secondsTotal", "secondsReading", "secondsPlanning":
            assert report["summary"].pop(key) > 0
    assert first == second
    assert first["input"]["path"] == "model.onnx" and first["output"]["path"] == "fused.onnx"


@pytest.mark.parametrize("report", ["missing/report.json", "folder.json"])
def test_a_report_that_cannot_be_written_is_an_error_and_leaves_no_model(model, folder, report):
    (folder / "folder.json").mkdir()
    run(model, "-o", "fused.onnx", "--report", report).assert_failed(1, report)
    assert "fused.onnx" not in listing(folder)


@pytest.mark.parametrize("output", ["missing/fused.onnx", "folder", "model.onnx/fused.onnx"])
def test_an_output_that_cannot_be_written_is_one_error(model, folder, output):
    (folder / "folder").mkdir()
    run(model, "-o", output).assert_failed(1, output)
    assert listing(folder) == {"model.onnx": FOLDED, "folder": None}


def test_a_full_disk_behind_standard_output_is_one_error():
    run("-", "-o", "-", stdin=FOLDED, prefix=["sh", "-c", 'exec "$@" >/dev/full', "sh"]).assert_failed(1)


@pytest.mark.parametrize("options", [[], ["--external-data"]], ids=str)
def test_an_output_that_cannot_be_written_to_its_end_leaves_nothing(options, folder):
    """Files may grow to 8 KiB, the output is larger."""
    big = conv_norm(channels=200).SerializeToString()
    (folder / "model.onnx").write_bytes(big)
    (folder / "fused.onnx").write_bytes(b"older")
    limited = ["bash", "-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "bash"]
    run("model.onnx", "-o", "fused.onnx", *options, prefix=limited).assert_failed(1, "fused.onnx")
    assert listing(folder) == {"model.onnx": big, "fused.onnx": b"older"}


# Which norms


@pytest.mark.parametrize(
    ("options", "folded"),
    [
        ([], {"stem/bn1", "stem/bn2", "head/bn1"}),
        (["--only", "stem/*"], {"stem/bn1", "stem/bn2"}),
        (["--skip", "stem/*"], {"head/bn1"}),
        (["--only", "*bn1"], {"stem/bn1", "head/bn1"}),
        (["--only", "head/bn1", "--only", "stem/bn2"], {"head/bn1", "stem/bn2"}),
        (["--skip", "head/bn1", "--skip", "stem/bn2"], {"stem/bn1"}),
        (["--only", "stem/*", "--skip", "*2"], {"stem/bn1"}),
        (["--only", "stem/bn?"], {"stem/bn1", "stem/bn2"}),
        (["--only", "stem/bn[2-9]"], {"stem/bn2"}),
        (["--only", "out:head/bn1"], {"head/bn1"}),
        (["--skip", "out:*"], set()),
        (["--only", "bn1"], set()),
        (["--only", "STEM/*"], set()),
        (["--only", "*"], {"stem/bn1", "stem/bn2", "head/bn1"}),
    ],
    ids=str,
)
def test_only_and_skip_choose_norms_by_the_name_of_node_or_value(options, folded, folder):
    model = three_norms()
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    assert run("model.onnx", "-o", "fused.onnx", "--report", "r.json", *options).exit == 0
    left = set(norms(onnx.load("fused.onnx")))
    assert {name.removeprefix("out:") for name in set(norms(model)) - left} == folded
    report = json.loads((folder / "r.json").read_text())
    assert {d["code"] for d in report["declined"]} <= {"excluded"}
    assert len(report["declined"]) == len(left)


def test_a_keep_value_may_be_given_more_than_once(folder):
    (folder / "model.onnx").write_bytes(three_norms().SerializeToString())
    keep = ["--keep-value", "c stem/bn1", "--keep-value", "c head/bn1"]
    assert run("model.onnx", "-o", "fused.onnx", *keep).exit == 0
    assert set(norms(onnx.load("fused.onnx"))) == {"out:stem/bn1", "out:head/bn1"}


def test_the_environment_does_not_matter(model, folder):
    run(model, "-o", "a.onnx")
    for i, changed in enumerate(({"LC_ALL": "de_DE.UTF-8"}, {"LC_ALL": "C", "LANG": ""}, {"HOME": "/nonexistent"})):
        assert run(model, "-o", f"{i}.onnx", env={**os.environ, **changed}).exit == 0
        assert (folder / f"{i}.onnx").read_bytes() == (folder / "a.onnx").read_bytes()
