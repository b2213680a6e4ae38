"""What is printed is printed to its last byte, or the run has failed."""

import os
import subprocess

import pytest

from builders import conv_norm
from command import command, listing, run

MODEL = conv_norm().SerializeToString()

PRINTING = [
    ("inspect", "m.onnx"),
    ("inspect", "m.onnx", "--json"),
    ("check", "m.onnx", "m.onnx"),
    ("check", "m.onnx", "m.onnx", "--json"),
    ("m.onnx", "-o", "out.onnx"),
    ("m.onnx", "-o", "out.onnx", "--verbose"),
    ("m.onnx", "--dry-run"),
    ("m.onnx", "-o", "-"),
    ("--help",),
    ("help", "check"),
    ("check", "--help"),
    ("--version",),
]


@pytest.fixture(autouse=True)
def model(folder):
    (folder / "m.onnx").write_bytes(MODEL)


def assert_failed(done, folder, text):
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 1 and len(lines) == 1, done
    assert lines[0].startswith("bnfuse: error: ") and text in lines[0]
    assert listing(folder) == {"m.onnx": MODEL}


@pytest.mark.parametrize("arguments", PRINTING, ids=str)
def test_a_full_disk_is_an_error_and_nothing_is_written(arguments, folder):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([command(), *arguments], stdout=full, stderr=subprocess.PIPE, check=False)
    assert_failed(done, folder, "no space left on the device")


@pytest.mark.parametrize("arguments", PRINTING, ids=str)
def test_a_reader_that_is_gone_is_an_error_and_nothing_is_written(arguments, folder):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([command(), *arguments], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert_failed(done, folder, "the reader closed the pipe")


@pytest.mark.parametrize("arguments", PRINTING, ids=str)
def test_standard_output_that_is_closed_is_an_error_and_no_file_takes_its_place(arguments, folder):
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", command(), *arguments], capture_output=True, check=False)
    assert_failed(done, folder, "is closed")


def test_a_disk_that_fills_up_on_the_way_is_an_error(folder):
    """A file may hold 512 bytes: help begins to be printed."""
    limited = ["bash", "-c", "ulimit -f 1; exec \"$@\" > \"$0\"", folder / "printed"]
    done = run("check", "--help", prefix=list(map(str, limited)))
    assert done.exit == 1 and "larger than is allowed" in done.stderr


def test_nothing_printed_needs_no_standard_output(folder):
    with open("/dev/full", "wb") as full:
        assert subprocess.run([command(), "m.onnx", "-o", "out.onnx", "--quiet"], stdout=full, check=False).returncode == 0
    assert (folder / "out.onnx").exists()


@pytest.mark.parametrize("closing", ["2>&-", "2>/dev/full", "<&-", "<&- 2>&-"])
def test_standard_error_and_input_are_not_needed(closing, folder):
    line = ["sh", "-c", f'exec "$@" {closing}', "sh", command()]
    assert subprocess.run([*line, "m.onnx", "-o", "out.onnx"], stdout=subprocess.DEVNULL, check=False).returncode == 0
    assert run("check", "m.onnx", "out.onnx").exit == 0
    assert subprocess.run([*line, "none", "-o", "x"], stdout=subprocess.DEVNULL, check=False).returncode == 1


def test_a_report_on_a_full_disk_is_an_error(folder):
    os.symlink("/dev/full", "r.json")
    run("m.onnx", "-o", "out.onnx", "--report", "r.json").assert_failed(1, "r.json: no space left on the device")
    assert not (folder / "out.onnx").exists()
