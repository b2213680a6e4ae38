"""Models whose tensors live in data files, with every place, offset and length chosen by the test."""

import pathlib
import re

import numpy as np
import onnx
from onnx import TensorProto

from builders import Graph, conv_norm

OURS = re.compile(r"(?P<name>.+)\.(?P<hash>[0-9a-f]{16,})\.data")


def tensors(model):
    """Every tensor of the main graph's initializers."""
    return list(model.graph.initializer)


def set_entries(tensor, **entries):
    """Replaces what a tensor says about its data file; an entry of None is left out."""
    tensor.ClearField("external_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in entries.items():
        if value is not None:
            tensor.external_data.add(key=key, value=str(value))
    return tensor


def externalize(model, location, only=None, alignment=64):
    """Moves the raw data of initializers out of the model; returns the contents of the data file."""
    data = bytearray()
    for tensor in tensors(model):
        if only is not None and tensor.name not in only:
            continue
        data += b"\xee" * (-len(data) % alignment)
        raw = tensor.raw_data
        tensor.ClearField("raw_data")
        set_entries(tensor, location=location, offset=len(data), length=len(raw))
        data += raw
    return bytes(data)


def write(folder, model=None, location="weights.bin", name="model.onnx", only=None):
    """Writes a model and its data file; returns the same model with its data inside."""
    model = conv_norm() if model is None else model
    inside = onnx.ModelProto()
    inside.CopyFrom(model)
    outside = onnx.ModelProto()
    outside.CopyFrom(model)
    data = externalize(outside, location, only)
    folder = pathlib.Path(folder)
    target = folder / location
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    (folder / name).write_bytes(outside.SerializeToString())
    return inside


def entries_of(tensor):
    return {entry.key: entry.value for entry in tensor.external_data}


def data_files(folder):
    """The data files of ours in a folder."""
    return sorted(path.name for path in pathlib.Path(folder).iterdir() if OURS.fullmatch(path.name))


def assert_self_contained(path):
    """A written model names one data file of ours beside it, with aligned tensors that do not overlap; loads it."""
    path = pathlib.Path(path)
    model = onnx.load(path, load_external_data=False)
    used, locations = [], set()
    for tensor in tensors(model):
        if tensor.data_location != TensorProto.EXTERNAL:
            continue
        entries = entries_of(tensor)
        locations.add(entries["location"])
        offset, length = int(entries.get("offset", 0)), int(entries["length"])
        assert offset % 4096 == 0, f"{tensor.name} lies at {offset}"
        used.append((offset, offset + length))
    assert len(locations) == 1, f"data files {locations}"
    (location,) = locations
    match = OURS.fullmatch(location)
    assert match and match["name"] == path.name, location
    size = (path.parent / location).stat().st_size
    used.sort()
    assert all(end <= start for (_, end), (start, _) in zip(used, used[1:])), "tensors overlap"
    assert used[-1][1] <= size <= used[-1][1] + 4096, "the data file holds what no tensor names"
    return onnx.load(path)


def large_model(dtype="float32"):
    """Two convolutions with norms and one without, tensors from 16 bytes to more than a page."""
    graph = Graph(opset=22, dtype=dtype, seed=9)
    graph.input("x", [1, 3, 6, 6])
    graph.weight("w1", [40, 3, 3, 3])
    graph.weight("b1", [40])
    graph.weight("w2", [4, 40, 1, 1])
    graph.weight("w3", [4, 4, 3, 3])
    graph.convolution("x", "c1", "w1", "b1", name="conv1")
    graph.norm("c1", "n1", 40)
    graph.relu("n1", "r1")
    graph.convolution("r1", "c2", "w2", name="conv2")
    graph.norm("c2", "n2", 4)
    graph.convolution("n2", "y", "w3", name="conv3")
    graph.output("y", [1, 4, 2, 2])
    return graph.model()


def bytes_of(model, name):
    return np.asarray(onnx.numpy_helper.to_array(next(t for t in model.graph.initializer if t.name == name))).tobytes()
