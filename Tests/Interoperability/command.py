"""Runs the built command, whose path is in the environment variable BNFUSE."""

import ctypes
import json
import os
import pathlib
import subprocess
import tempfile

import onnx
import pytest

from contract import check_report

SECONDS = 20
EXIT_CODES = (0, 1, 2, 3, 4, 64)


def command():
    path = os.environ.get("BNFUSE")
    if not path:
        pytest.fail("the environment variable BNFUSE must hold the path of the built command", pytrace=False)
    path = os.path.abspath(path)
    if not os.access(path, os.X_OK):
        pytest.fail(f"BNFUSE={path} is not an executable file", pytrace=False)
    return path


class Run:
    """What one run of the command left behind."""

    def __init__(self, exit, out, err):
        self.exit, self.out, self.stderr = exit, out, err.decode("utf-8", "replace")

    @property
    def stdout(self):
        return self.out.decode("utf-8", "replace")

    def assert_failed(self, status=1, *words):
        """The given exit status and exactly one line, an error; `words` must all be in it."""
        assert self.exit == status, f"exit {self.exit} instead of {status}: {self.stderr or self.stdout}"
        lines = self.stderr.splitlines()
        assert len(lines) == 1 and self.stderr.endswith("\n"), f"not one line: {self.stderr!r}"
        assert lines[0].startswith("bnfuse: error: "), lines[0]
        assert self.out == b"", f"standard output holds {self.out[:200]!r}"
        for word in words:
            assert str(word) in lines[0], f"{word!r} is not in {lines[0]!r}"
        return lines[0]


def drop_privileges():
    """Makes file permissions count for root too: drops CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH at the next exec."""
    if os.geteuid() == 0:
        for capability in (1, 2):
            if ctypes.CDLL(None, use_errno=True).prctl(24, capability, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "cannot drop a capability")


def run(*arguments, stdin=None, cwd=None, seconds=SECONDS, prefix=(), env=None, unprivileged=False):
    """Runs the command; a crash, a hang or an exit status outside the contract fails the test.

    `stdin` is bytes for a pipe, an open file for a redirection, or None for nothing.
    """
    line = [*prefix, command(), *map(str, arguments)]
    streams = {"input": stdin if isinstance(stdin, bytes) else None}
    if not isinstance(stdin, bytes):
        streams = {"stdin": stdin or subprocess.DEVNULL}
    streams["preexec_fn"] = drop_privileges if unprivileged else None
    try:
        done = subprocess.run(line, capture_output=True, cwd=cwd, timeout=seconds, env=env, check=False, **streams)
    except subprocess.TimeoutExpired:
        pytest.fail(f"{arguments} took more than {seconds} s", pytrace=False)
    result = Run(done.returncode, done.stdout, done.stderr)
    assert result.exit in EXIT_CODES, f"{arguments} ended with {result.exit}: {result.stderr[-2000:]}"
    return result


class Fused(Run):
    """A run of `fuse` on one model, with its output and its report."""

    input = data = report = model = None


def listing(folder):
    """Every file below a folder with its contents."""
    folder = pathlib.Path(folder)
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def fuse(model, *options, name="model.onnx", again=True, proved=True, seconds=SECONDS):
    """Fuses a model (a message or bytes) in a folder of its own.

    Checks what holds for every run: the report keeps its contract, a run that fails leaves no file, a fused model
    fuses to itself (`again`), `check` recovers every fold and finds it exact (`proved`).
    """
    data = model if isinstance(model, bytes) else model.SerializeToString()
    with tempfile.TemporaryDirectory(prefix="interoperability") as place:
        place = pathlib.Path(place)
        (place / "in").mkdir()
        (place / "out").mkdir()
        source, target, report = place / "in" / name, place / "out" / name, place / "report.json"
        source.write_bytes(data)
        done = run(source, "-o", target, "--report", report, *options, seconds=seconds)
        result = Fused(done.exit, done.out, done.stderr.encode())
        result.input = data
        assert listing(place / "in") == {name: data}, "the input changed"
        if report.exists():
            result.report = json.loads(report.read_text("utf-8"))
            check_report(result.report, written=result.exit == 0 and "--dry-run" not in options)
        if result.exit != 0:
            assert listing(place / "out") == {}, "a run that failed left a file"
            return result
        assert result.stderr == "", f"errors on success: {result.stderr}"
        assert listing(place / "out").keys() == {name}
        result.data = target.read_bytes()
        result.model = onnx.load_from_string(result.data)
        assert result.report is not None, "no report was written"
        assert result.report["output"]["bytes"] == len(result.data)
        assert result.report["input"]["bytes"] == len(data)
        if proved:
            prove(source, target, result.report, options)
        if again:
            twice = place / "twice.onnx"
            second = run(target, "-o", twice, "--quiet", *options)
            assert second.exit == 0 and second.out == b"", second.stderr
            assert twice.read_bytes() == result.data, "a fused model does not fuse to itself"
        return result


# What folds are recovered through; behind other operators, and in functions, the run alone judges.
CERTIFIED = {"Identity", "Dropout", "BatchNormalization", "Add", "Sub", "Mul", "Div"}


def prove(source, target, report, options):
    """Checks a right fold: it is never called different, and where the models run every fold is recovered and exact."""
    # Some models hold what cannot be run: operators of other domains, shapes that do not fit the inputs made up.
    flags = ["--assume-inference"] if "--assume-inference" in options else []
    done = run("check", source, target, "--json", "--max-ulp", 1, *flags)
    assert done.exit in (0, 4), f"a right fold is not equivalent: {done.stdout[-2000:]}{done.stderr}"
    again = run(source, "--dry-run", "--check", "--quiet", *(option for option in options if option != "--dry-run"))
    assert again.exit in (0, 4), f"a right fold is not equivalent when it is made: {again.stderr}"
    check = json.loads(done.out)["check"]
    certification = check["certification"]
    recovered = {norm for fold in certification["folds"] for norm in fold["norms"]}
    # A constant in a norm's place is the same in both models.
    folded = {
        fold["batchNorm"] for fold in report["folds"] if any(t["operator"] != "Constant" for t in fold["into"])
    }
    if all(set(fold["through"]) <= CERTIFIED and "function" not in fold["graph"] for fold in report["folds"]):
        assert certification["changes"] == [], "something else counts as changed"
        assert recovered == folded
    assert recovered <= folded
    for fold in certification["folds"]:
        assert fold["weight"]["maxUlp"] <= 0.5 + 1e-9
        assert fold.get("bias", {"maxUlp": 0})["maxUlp"] <= 0.5 + 1e-9


def fused_bytes(model, *options):
    """The output bytes alone, without further checks."""
    return fuse(model, *options, again=False).data


def warning_codes(report):
    """The codes of all warnings, those of single folds too."""
    return {warning["code"] for warning in report["warnings"]} | {w for f in report["folds"] for w in f["warnings"]}
