"""Builds what `bnfuse check --data` reads: a model with every value an output, and what onnxruntime computes for it.

    python Tests/Models/evaluation_cases.py FOLDER       # builds a case of every real model
"""

import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from onnx import ValueInfoProto, helper, numpy_helper

import fetch
import runtime
from graphs import is_a

# Taken as it is: what it computes lies in its subgraphs.
AS_IT_IS = "silero_vad"

# Outputs that are sigmoids, written in a subgraph.
SIGMOIDS = {"silero_vad": {"output"}, "silero_vad_ifless": {"output"}}


@dataclass
class Case:
    """A model, its test data set, the recorded outputs by name, and which of them are sigmoids."""

    model: pathlib.Path
    data: pathlib.Path
    outputs: dict
    sigmoids: set


@dataclass
class Checked:
    """A finished `bnfuse check`; the report is empty if none was printed."""

    status: int
    report: dict
    errors: str
    seconds: float


def build(entry, folder):
    """The case of one model of `models.json`, in an empty folder, with seeded random inputs."""
    source = fetch.model(entry)
    model = onnx.load(source, load_external_data=False)
    if entry["name"] != AS_IT_IS:
        expose(model)
    path = pathlib.Path(folder, source.name)
    for other in external_files(model):
        shutil.copyfile(source.with_name(other), path.with_name(other))
    onnx.save(model, path)

    feeds = runtime.inputs(model, entry["inputs"], entry.get("values"))
    outputs = computed(path, feeds)
    for value in model.graph.output:
        if not value.HasField("type"):
            value.CopyFrom(described(value.name, outputs[value.name]))
    onnx.save(model, path)
    data = write_data(path.with_name("test_data_set_0"), feeds, outputs)
    return Case(path, data, outputs, sigmoids(model) | SIGMOIDS.get(entry["name"], set()))


def recorded(entry, output, folder):
    """The case of a light model of onnx and the output recorded with it, which belongs to a ramp from 0 to 1."""
    ((name, shape),) = entry["inputs"].items()
    ramp = (np.arange(np.prod(shape)).reshape(shape) / np.prod(shape)).astype(np.float32)
    path = fetch.model(entry)
    (value,) = onnx.load(path).graph.output
    outputs = {value.name: numpy_helper.to_array(onnx.load_tensor(fetch.kept(entry, output)))}
    data = write_data(pathlib.Path(folder, "test_data_set_0"), {name: ramp}, outputs)
    return Case(path, data, outputs, set())


def expose(model):
    """Makes every value that the main graph computes an output. Types are left out: onnxruntime infers them."""
    known = {value.name for value in model.graph.output}
    for node in model.graph.node:
        for name in node.output:
            if name and name not in known and node.op_type != "Constant":
                model.graph.output.append(ValueInfoProto(name=name))


def sigmoids(model):
    """The values of the main graph that a Sigmoid writes, and their copies."""
    found = set()
    for node in model.graph.node:
        if is_a(node, "Sigmoid") or is_a(node, "Identity") and node.input[0] in found:
            found.add(node.output[0])
    return found


def external_files(model):
    """The names of the files beside a model that hold its weights."""
    entries = (entry for tensor in model.graph.initializer for entry in tensor.external_data)
    return {entry.value for entry in entries if entry.key == "location"}


def computed(path, feeds):
    """What onnxruntime computes for a model, node by node and in one thread."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds)))


def described(name, values):
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(values.dtype), values.shape)


def write_data(folder, feeds, outputs):
    """Writes a test data set as onnx lays it out: input_0.pb, …, output_0.pb, …."""
    folder.mkdir()
    write_tensors(folder, "input", feeds)
    write_tensors(folder, "output", outputs)
    return folder


def write_tensors(folder, kind, values):
    for index, (name, contents) in enumerate(values.items()):
        onnx.save_tensor(numpy_helper.from_array(contents, name), folder / f"{kind}_{index}.pb")


# How far float32 is off depends on the order in which OpenBLAS adds up, which it chooses by the processor: for one that it does
# not know it takes kernels that add up otherwise. So that the yardstick is the same everywhere, the kernels are named.
KERNELS = {"OPENBLAS_CORETYPE": "Haswell"} if platform.machine() == "x86_64" else {}


def check(bnfuse, case, *options, timeout=600):
    """Lets the command check a case, in one thread."""
    command = [bnfuse, "check", case.model, "--data", case.data, "--json", "--threads", "1", *options]
    start = time.perf_counter()
    run = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=os.environ | KERNELS)
    seconds = time.perf_counter() - start
    return Checked(run.returncode, json.loads(run.stdout) if run.stdout else {}, run.stderr, seconds)


if __name__ == "__main__":
    for entry in fetch.MODELS:
        folder = pathlib.Path(sys.argv[1], entry["name"])
        folder.mkdir(parents=True)
        case = build(entry, folder)
        size = sum(values.nbytes for values in case.outputs.values())
        broken = [n for n, v in case.outputs.items() if v.dtype.kind == "f" and not np.isfinite(v).all()]
        print(f"{entry['name']:22} {len(case.outputs)} outputs, {size / 1e6:.0f} MB, {len(broken)} not finite")
