"""A model that somebody writes to while it is read: a whole output of one state of it, or an error and none."""

import os
import threading

import numpy as np
import pytest

from builders import Graph
from command import listing, run
from external import write


def network():
    """Enough to read that a writer has the time to come between."""
    graph = Graph(seed=3)
    graph.input("x", [1, 16, 4, 4])
    value = "x"
    for index in range(12):
        graph.weight(f"w{index}", [16, 16, 1, 1])
        graph.convolution(value, f"c{index}", f"w{index}")
        graph.norm(f"c{index}", f"n{index}", 16)
        value = f"n{index}"
    graph.output(value, [1, 16, 4, 4])
    return graph.model()


class Toggler(threading.Thread):
    """Writes one weight of a file, now this and now that, until it is stopped."""

    def __init__(self, path, offset, values):
        super().__init__()
        self.path, self.offset, self.values, self.stopped = path, offset, values, threading.Event()

    def run(self):
        with open(self.path, "r+b", buffering=0) as file:
            turn = 0
            while not self.stopped.is_set():
                os.pwrite(file.fileno(), self.values[turn % 2], self.offset)
                turn += 1
                self.stopped.wait(0.0005 * (turn % 40))

    def __enter__(self):
        self.start()

    def __exit__(self, *_):
        self.stopped.set()
        self.join()


# A weight that folds either way, and one whose fold overflows, so that the plan changes with it.
VALUES = {"folds": np.float32(0.5).tobytes(), "overflows": np.float32(3e38).tobytes()}


@pytest.mark.parametrize("other", VALUES)
@pytest.mark.parametrize("place", ["model", "data"])
def test_the_output_is_of_one_state_or_none(place, other, folder):
    if place == "data":
        write(folder, network())
        name = "weights.bin"
    else:
        (folder / "model.onnx").write_bytes(network().SerializeToString())
        name = "model.onnx"
    model = network()
    weight = next(t for t in model.graph.initializer if t.name == "w11")
    offset = (folder / name).read_bytes().index(weight.raw_data)
    values = [weight.raw_data[:4], VALUES[other]]
    expected = set()
    for value in values:
        with open(name, "r+b") as file:
            os.pwrite(file.fileno(), value, offset)
        assert run("model.onnx", "-o", "expected.onnx", "--inline-data", "--quiet").exit == 0
        expected.add((folder / "expected.onnx").read_bytes())
    (folder / "expected.onnx").unlink()
    ended = set()
    with Toggler(name, offset, values):
        for index in range(16):
            check = ["--check", "--allow-unproven"] if index % 4 == 3 else []
            done = run("model.onnx", "-o", "out.onnx", "--inline-data", "--quiet", *check)
            ended.add(done.exit)
            if done.exit == 0:
                assert (folder / "out.onnx").read_bytes() in expected, "a torn output"
                (folder / "out.onnx").unlink()
            else:
                # What changes while it is opened is named with the tensor that it was opened for.
                done.assert_failed(1, name, "changed while it was read")
                assert "out.onnx" not in listing(folder)
    assert 1 in ended


def test_a_file_that_was_just_written_is_read_at_once_and_whole(folder):
    """The wait for the file system's clock is a few milliseconds, and only where the file is that new."""
    model = network().SerializeToString()
    for _ in range(20):
        (folder / "model.onnx").write_bytes(model)
        assert run("model.onnx", "-o", "model.onnx", "--quiet", seconds=2).exit == 0
