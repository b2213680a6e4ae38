"""Outputs that are no files: pipes, devices, and descriptors behind names like /dev/stdout."""

import os
import stat
import subprocess
import threading
import time

import pytest

from builders import conv_norm
from command import command, listing, run
from external import write

MODEL = conv_norm(channels=64).SerializeToString()
OPTIONS = [[], ["--skip", "*"]]


@pytest.fixture
def fused(folder):
    """The bytes that a run writes, by its options, in a folder with `model.onnx`."""
    (folder / "model.onnx").write_bytes(MODEL)

    def bytes_of(options):
        assert run("model.onnx", "-o", "expected.onnx", "--quiet", *options).exit == 0
        data = (folder / "expected.onnx").read_bytes()
        os.remove("expected.onnx")
        return data

    return bytes_of


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_fifo_is_written_straight_through(options, fused, folder):
    expected = fused(options)
    os.mkfifo("pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((folder / "pipe").read_bytes()))
    reader.start()
    result = run("model.onnx", "-o", "pipe", "--quiet", *options)
    reader.join(10)
    assert (result.exit, read) == (0, [expected]), result.stderr
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1"])
@pytest.mark.parametrize("through", ["| cat", "> out", ">> out"])
def test_names_of_standard_output_are_standard_output(name, through, options, fused, folder):
    """The summary goes to standard error then, and the name is never replaced by a file."""
    expected = fused(options)
    before = os.lstat(name) if name == "/dev/stdout" else None
    shell = ["bash", "-c", f'set -o pipefail; "$@" {through}', "bash"]
    result = run("model.onnx", "-o", name, *options, prefix=shell)
    assert result.exit == 0, result.stderr
    written = result.out if through == "| cat" else (folder / "out").read_bytes()
    assert written == expected
    assert "norms" in result.stderr
    if before:
        assert os.path.samestat(os.lstat(name), before)


def test_a_substituted_process_gets_the_model(fused, folder):
    expected = fused([])
    shell = ["bash", "-c", '"$@" -o >(cat > copy; touch done); while [ ! -e done ]; do sleep 0.01; done', "bash"]
    result = run("model.onnx", "--quiet", prefix=shell)
    assert result.exit == 0, result.stderr
    assert (folder / "copy").read_bytes() == expected


def test_another_open_file_is_written_where_it_stands(fused, folder):
    """The shell opened it to append, which opening it once more would forget."""
    expected = fused([])
    (folder / "out").write_bytes(b"before")
    run("model.onnx", "-o", "/dev/fd/3", "--quiet", prefix=["bash", "-c", '"$@" 3>>out', "bash"])
    assert (folder / "out").read_bytes() == b"before" + expected


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_full_device_is_one_error_at_once(options, fused, folder):
    fused([])
    start = time.monotonic()
    run("model.onnx", "-o", "/dev/full", *options).assert_failed(1, "/dev/full", "no space left on the device")
    assert time.monotonic() - start < 5
    assert listing(folder) == {"model.onnx": MODEL}


def test_the_null_device_takes_everything_and_stays(fused):
    fused([])
    assert run("model.onnx", "-o", "/dev/null").exit == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_reader_that_leaves_is_one_error(options, folder):
    (folder / "model.onnx").write_bytes(conv_norm(channels=20_000).SerializeToString())
    os.mkfifo("pipe")
    reader = subprocess.Popen(["head", "-c", "1", "pipe"], stdout=subprocess.DEVNULL)
    run("model.onnx", "-o", "pipe", *options).assert_failed(1, "pipe", "the reader closed the pipe")
    reader.wait(10)


@pytest.mark.parametrize("name", ["pipe", "/dev/null", "/dev/stdout"])
@pytest.mark.parametrize("options", [[], ["--external-data"]], ids=str)
def test_a_stream_takes_no_data_file(name, options, folder):
    write(folder)
    os.mkfifo("pipe")
    before = set(os.listdir())
    shell = ["bash", "-c", '"$@" | cat; exit ${PIPESTATUS[0]}', "bash"]
    run("model.onnx", "-o", name, *options, prefix=shell).assert_failed(1, name, "takes no data file")
    assert set(os.listdir()) == before


def test_a_weight_that_overflows_is_found_before_a_pipe_gets_a_byte(folder):
    """What went through a pipe cannot be taken back, so the folds are measured first."""
    model = conv_norm(channels=4)
    scale = next(t for t in model.graph.initializer if t.name.endswith("gamma"))
    scale.raw_data = b"\x00\x00\x7f\x7f" * 4
    weight = next(t for t in model.graph.initializer if t.name == "w")
    weight.raw_data = b"\x00\x00\x7f\x7f" * (len(weight.raw_data) // 4)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    assert run("model.onnx", "-o", "plain.onnx", "--quiet").exit == 0
    result = run("model.onnx", "-o", "/dev/stdout", "--quiet", prefix=["bash", "-c", '"$@" | cat', "bash"])
    assert result.out == (folder / "plain.onnx").read_bytes()


def test_a_pipe_without_a_reader_can_be_interrupted(fused, folder):
    fused([])
    os.mkfifo("pipe")
    waiting = subprocess.Popen([command(), "model.onnx", "-o", "pipe"], cwd=folder)
    time.sleep(0.5)
    waiting.terminate()
    assert waiting.wait(10) == -15
