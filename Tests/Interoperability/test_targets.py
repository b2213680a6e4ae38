"""What is written never takes the place of what is read, nor of what else is written, whatever names and links say."""

import os
import subprocess

import pytest

from builders import conv_norm
from command import command, listing, run
from external import write

MODEL = conv_norm().SerializeToString()


@pytest.fixture
def model(folder):
    (folder / "m.json").write_bytes(MODEL)
    return "m.json"


def alias(kind, name, target):
    """Another name of a file, which need not exist where it is named through a link or a folder."""
    if kind == "symbolic link":
        os.symlink(target, name)
    elif kind == "chain of links":
        os.symlink(target, "between.json")
        os.symlink("between.json", name)
    elif kind == "hard link":
        os.link(target, name)
    elif kind == "folder behind a link":
        os.symlink(".", "here")
        return f"here/{target}"
    elif kind == "other spelling":
        return f".//./{target}"
    elif kind == "absolute":
        return os.path.abspath(target)
    elif kind == "same":
        return target
    return name


EXISTING = ["same", "symbolic link", "chain of links", "hard link", "folder behind a link", "other spelling", "absolute"]
MADE = [kind for kind in EXISTING if kind != "hard link"]


def assert_refused(folder, *arguments, **options):
    before = listing(folder)
    text = run(*arguments, **options).assert_failed(1, "is the same file as")
    assert listing(folder) == before
    return text


@pytest.mark.parametrize("kind", EXISTING)
def test_a_report_is_not_the_model(kind, model, folder):
    report = alias(kind, "report.json", model)
    assert f"error: {report}: is the same file as '{model}'" in assert_refused(
        folder, model, "-o", "out.onnx", "--report", report)
    assert_refused(folder, model, "--dry-run", "--report", report)
    assert_refused(folder, "check", model, model, "--report", report)


@pytest.mark.parametrize("kind", MADE)
def test_a_report_is_not_the_output_even_before_there_is_one(kind, model, folder):
    report = alias(kind, "report.json", "out.json")
    assert_refused(folder, model, "-o", "out.json", "--report", report)
    assert_refused(folder, model, "-o", report, "--report", "out.json")


@pytest.mark.parametrize("kind", EXISTING)
def test_a_report_is_not_the_output_that_is_there(kind, model, folder):
    (folder / "out.json").write_bytes(b"old")
    report = alias(kind, "report.json", "out.json")
    assert_refused(folder, model, "-o", "out.json", "--report", report)


@pytest.mark.parametrize("kind", MADE)
def test_two_reports_are_two_files(kind, model, folder):
    report = alias(kind, "report.json", "r.json")
    assert_refused(folder, model, "-o", "out.onnx", "--report", "r.json", "--report", report)


@pytest.mark.parametrize("kind", EXISTING)
def test_neither_output_nor_report_is_a_data_file_of_the_model(kind, folder):
    write(folder, location="data.json")
    name = alias(kind, "other.json", "data.json")
    assert_refused(folder, "model.onnx", "-o", name)
    assert_refused(folder, "model.onnx", "-o", "out.onnx", "--report", name)
    assert_refused(folder, "model.onnx", "--dry-run", "--report", name)
    assert_refused(folder, "check", "model.onnx", "model.onnx", "--report", name)


@pytest.mark.parametrize("kind", EXISTING)
def test_the_model_itself_may_be_the_output(kind, model, folder):
    assert run(model, "-o", "expected.onnx").exit == 0
    output = alias(kind, "out.json", model)
    assert run(model, "-o", output).exit == 0
    assert (folder / output).read_bytes() == (folder / "expected.onnx").read_bytes()


def test_names_that_only_look_alike_are_different_files(model, folder):
    (folder / "a").mkdir()
    assert run(model, "-o", "r.onnx", "--report", "r.json", "--report", "a/r.json", "--report", "r.md").exit == 0


def test_recorded_labels_are_not_written_over(model, folder):
    (folder / "labels.npy").write_bytes(b"x")
    arguments = "--check", "--data", ".", "--labels", "labels.npy"
    assert_refused(folder, model, "-o", "./labels.npy", *arguments)


def test_a_report_is_not_the_file_behind_standard_input(model, folder):
    with open(model, "rb") as source:
        assert_refused(folder, "-", "-o", "out.onnx", "--report", f"./{model}", stdin=source)
    with open(model, "rb") as source:
        assert run("-", "-o", model, stdin=source).exit == 0
    assert (folder / model).read_bytes() != MODEL


def redirected(path, *arguments):
    """A run whose standard output is appended to a file."""
    with open(path, "ab") as out:
        done = subprocess.run([command(), *arguments], stdout=out, stderr=subprocess.PIPE, check=False, timeout=20)
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize(
    ("target", "arguments"),
    [
        ("m.json", ("m.json", "-o", "out.onnx")),
        ("m.json", ("m.json", "-o", "-")),
        ("m.json", ("inspect", "m.json", "--json")),
        ("m.json", ("check", "m.json", "m.json")),
        ("out.onnx", ("m.json", "-o", "out.onnx")),
        ("r.json", ("m.json", "-o", "out.onnx", "--report", "r.json")),
    ],
    ids=str,
)
def test_standard_output_is_none_of_the_files(target, arguments, model, folder):
    (folder / target).touch()
    before = listing(folder)
    status, text = redirected(target, *arguments)
    assert status == 1 and "is the same file as" in text and "standard output" in text and text.count("\n") == 1
    assert listing(folder) == before


def test_standard_output_in_a_file_of_its_own_is_fine(model, folder):
    assert redirected("log", model, "-o", "out.onnx", "--report", "r.json") == (0, "")
    assert b"folded" in (folder / "log").read_bytes()
    assert redirected("piped.onnx", model, "-o", "-")[0] == 0
    assert (folder / "piped.onnx").read_bytes() == (folder / "out.onnx").read_bytes()
