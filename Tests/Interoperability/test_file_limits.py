"""The limits of Documentation/limits.md that are met with whole files: below, at and above each."""

import re

import numpy as np
import pytest

import wire
from builders import Graph, conv_norm
from command import run
from external import set_entries
from wire import BYTES, VARINT, field

MESSAGE = (1 << 31) - 1


def sparse(path, size, start=b""):
    """A file of zeros that takes no room on the disk."""
    with open(path, "wb") as file:
        file.write(start)
        file.truncate(size)
    return path


def model_of(size):
    """The first bytes of a model of a given size, whose rest is the last bytes of a tensor."""

    def large(number, before, rest):
        """A field of five bytes of length that holds `before` and then `rest` bytes."""
        return wire.varint(number << 3 | BYTES) + wire.varint(len(before) + rest, 5) + before

    value = field(1, BYTES, b"x")
    values = field(11, BYTES, value) + field(12, BYTES, value)
    head = field(1, VARINT, 8) + field(8, BYTES, field(2, VARINT, 17))
    # Lengths of five bytes do not depend on what they count.
    count = size - len(head) - 3 * 6 - len(values) - len(field(2, VARINT, 2)) - len(field(8, BYTES, b"w")) - 6
    tensor = field(1, VARINT, count, 5) + field(2, VARINT, 2) + field(8, BYTES, b"w") + large(9, b"", count)
    graph = values + large(5, tensor, count)
    return head + large(7, graph, count)


@pytest.mark.parametrize("size", [MESSAGE - 1, MESSAGE])
def test_a_file_of_the_largest_message_is_read(size, folder):
    path = sparse(folder / "model.onnx", size, model_of(size))
    done = run(path, "--dry-run")
    assert done.exit == 0, done.stderr


def test_a_larger_file_is_refused(folder):
    path = sparse(folder / "model.onnx", MESSAGE + 1)
    run(path, "--dry-run").assert_failed(1, "holds 2147483648 bytes but a protobuf message holds at most 2147483647")


def with_data_of(size, folder):
    """Runs a model whose data file has one tensor of a size, all of which is to be put into the model."""
    graph = Graph()
    graph.output(graph.input("x", [1]))
    graph.initializer("large", np.zeros(1, np.uint8))
    model = graph.model()
    (tensor,) = model.graph.initializer
    tensor.ClearField("raw_data")
    tensor.dims[:] = [size]
    set_entries(tensor, location="large.bin")
    sparse(folder / "large.bin", size)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    # Where it fits, two gigabytes go through.
    return run("model.onnx", "-o", "/dev/null", "--inline-data", seconds=180)


def test_a_model_that_would_pass_the_largest_message_inline_is_refused(folder):
    text = "the model would hold {} bytes but a protobuf message holds at most 2147483647; use --external-data"
    done = with_data_of(MESSAGE, folder)
    size = int(re.search(r"would hold (\d+) bytes", done.stderr)[1])
    done.assert_failed(1, text.format(size))
    room = MESSAGE - (size - MESSAGE)
    with_data_of(room + 1, folder).assert_failed(1, text.format(MESSAGE + 1))
    assert with_data_of(room, folder).exit == 0


@pytest.mark.parametrize("depth", [99, 100, 101])
def test_messages_may_be_nested_a_hundred_deep(depth, folder):
    core = b""
    # The model, its graph, an input and its type are four; then sequences (4) of types (1).
    for level in range(depth - 4, 0, -1):
        core = field(4 if level % 2 else 1, BYTES, core)
    graph = field(11, BYTES, field(1, BYTES, b"x") + field(2, BYTES, core)) + field(12, BYTES, field(1, BYTES, b"x"))
    data = field(1, VARINT, 8) + field(7, BYTES, graph) + field(8, BYTES, field(2, VARINT, 17))
    (folder / "model.onnx").write_bytes(data)
    done = run("model.onnx", "-o", "out.onnx")
    if depth <= 100:
        assert done.exit == 0, done.stderr
    else:
        done.assert_failed(1, "messages are nested more than 100 deep")
