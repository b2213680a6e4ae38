"""Models that ask `--check` and `check` for all memory or all time: a limit ends them, and is named."""

import json
import os
import re
import resource
import subprocess
import sys
import time

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from command import command, run

SECONDS = 15
MEMORY = 1 << 30

# Starts the command from a small process, so that the peak is the command's own and not this process's.
MEASURED = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, capture_output=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
text = (done.stderr or done.stdout).decode("utf-8", "replace")
print(json.dumps([done.returncode, text, usage.ru_maxrss * 1024]))
"""


def model(nodes, initializers=(), functions=(), outputs=("z",), x=(1, 2, 4, 4)):
    """A convolution with a norm from `x` to `y`, and what comes behind."""
    rng = np.random.default_rng(1)
    arrays = {"w": rng.normal(size=(2, x[1], 1, 1)), "g": [1.5, 0.5], "b": [0.5, 1], "m": [0.25, 1], "v": [2, 1]}
    stored = [onnx.numpy_helper.from_array(np.array(array, np.float32), name) for name, array in arrays.items()]
    stored += [onnx.numpy_helper.from_array(array, name) for name, array in initializers]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"]),
            helper.make_node("BatchNormalization", ["c", "g", "b", "m", "v"], ["y"]),
            *nodes,
        ],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        stored,
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("d", 1)]
    return helper.make_model(graph, opset_imports=opsets, functions=list(functions), ir_version=9)


def integers(*values):
    return np.array(values, np.int64)


def padded():
    return model([helper.make_node("Pad", ["y", "p"], ["z"])], [("p", integers(0, 0, 10**8, 0, 0, 0, 0, 0))])


def doubled():
    nodes = [helper.make_node("Concat", [f"z{i}"] * 2, [f"z{i + 1}"], axis=1) for i in range(40)]
    return model([helper.make_node("Identity", ["y"], ["z0"]), *nodes], outputs=["z40"])


def expanded():
    return model([helper.make_node("Expand", ["y", "s"], ["z"])], [("s", integers(10**5, 10**5, 1, 1, 1, 1))])


def made_of_constants():
    """A weight that nodes make of its shape alone."""
    proto = model([helper.make_node("Conv", ["x", "big"], ["z"])], [("s", integers(4, 4194307, 3, 3))])
    proto.graph.node.insert(0, helper.make_node("ConstantOfShape", ["s"], ["big"]))
    return proto


def looped(trips, body=None):
    count = helper.make_tensor_value_info("i", TensorProto.INT64, [])
    truth = [helper.make_tensor_value_info(name, TensorProto.BOOL, []) for name in ("go", "on")]
    nodes = [helper.make_node("Identity", ["go"], ["on"]), *(body or [])]
    graph = helper.make_graph(nodes, "b", [count, truth[0]], [truth[1]])
    loop = helper.make_node("Loop", ["n", ""], [], body=graph)
    return model([loop, helper.make_node("Identity", ["y"], ["z"])], [("n", np.array(trips, np.int64))])


def laughing(depth=30):
    def function(index):
        name = f"f{index}"
        if index == 0:
            nodes = [helper.make_node("Relu", ["a"], ["b"])]
        else:
            inner = f"f{index - 1}"
            nodes = [helper.make_node(inner, ["a"], ["t"], domain="d"), helper.make_node(inner, ["t"], ["b"], domain="d")]
        return helper.make_function("d", name, ["a"], ["b"], nodes, [helper.make_opsetid("", 18), helper.make_opsetid("d", 1)])

    call = helper.make_node(f"f{depth}", ["y"], ["z"], domain="d")
    return model([call], functions=[function(index) for index in range(depth + 1)])


def in_a_row(count=300):
    def function(index):
        last = index + 1 == count
        node = helper.make_node("Relu" if last else f"f{index + 1}", ["a"], ["b"], domain="" if last else "d")
        return helper.make_function("d", f"f{index}", ["a"], ["b"], [node], [helper.make_opsetid("", 18), helper.make_opsetid("d", 1)])

    call = helper.make_node("f0", ["y"], ["z"], domain="d")
    return model([call], functions=[function(index) for index in range(count)])


def multiplied():
    nodes = [
        helper.make_node("Expand", ["one", "s"], ["e"]),
        *[helper.make_node("MatMul", [f"e{i}" if i else "e", "e"], [f"e{i + 1}"]) for i in range(100)],
        helper.make_node("ReduceMean", ["e100"], ["r"]),
        helper.make_node("Add", ["y", "r"], ["z"]),
    ]
    # Of an input, so that it is nobody's constant.
    nodes.insert(0, helper.make_node("ReduceMax", ["y"], ["one"]))
    return model(nodes, [("s", integers(600, 600))])


HOSTILE = {
    "a Pad by 10⁸ rows": (padded, "memory"),
    # Memory or what is made of it, whichever the machine has less of.
    "Concat doubled 40 times": (doubled, "is reached"),
    "an Expand to 10¹⁰ elements": (expanded, "memory"),
    "a weight made of its shape": (made_of_constants, "memory"),
    "a loop of 2⁶² trips": (lambda: looped(1 << 62), "trips=200000"),
    "functions that each call two": (laughing, "nodes=1000000"),
    "functions in a row": (in_a_row, "depth=64"),
    "a hundred large products": (multiplied, "operations="),
}


def measured(folder, *arguments):
    """Exit status, what was said, peak memory in bytes and seconds of one run."""
    line = [sys.executable, "-S", "-c", MEASURED, command(), *arguments]
    start = time.monotonic()
    done = subprocess.run(line, capture_output=True, cwd=folder, timeout=8 * SECONDS, check=True)
    status, text, peak = json.loads(done.stdout)
    return status, text, peak, time.monotonic() - start


@pytest.mark.parametrize("way", ["fuse", "check"])
@pytest.mark.parametrize("title", HOSTILE)
def test_a_limit_ends_what_asks_for_too_much(folder, title, way):
    make, limit = HOSTILE[title]
    onnx.save(make(), folder / "model.onnx")
    arguments = ["model.onnx", "-o", "fused.onnx", "--check"] if way == "fuse" else ["check", "model.onnx", "model.onnx"]
    # Counting is what is looked at: a build for trying things is slow.
    small = {"trips=200000": "trips=1000", "nodes=1000000": "nodes=10000", "operations=": "operations=1000000000"}
    if limit in small:
        arguments += ["--limit", small[limit]]
        limit = small[limit]
    status, text, peak, seconds = measured(folder, *arguments)
    print(f"exit {status}, {peak >> 20} MiB, {seconds:.2f} s: {text.strip()[-300:]}")
    assert status == 4 and limit in text and "limit" in text
    assert peak < MEMORY and seconds < SECONDS
    assert not (folder / "fused.onnx").exists()


@pytest.mark.parametrize("trips, status", [(5, 0), (6, 4)])
def test_a_limit_counts_both_models_and_both_precisions(folder, trips, status):
    onnx.save(looped(trips), folder / "model.onnx")
    # Two models, each in its own types and in float64, and one with exact parameters.
    assert run("model.onnx", "-o", "fused.onnx", "--check", "--limit", "trips=25").exit == status


@pytest.mark.parametrize("size", ["1K", "1k", "1024", "1KiB", "1KB"])
def test_memory_is_what_its_option_says(folder, size):
    onnx.save(model([helper.make_node("Relu", ["y"], ["z"])]), folder / "model.onnx")
    done = run("check", "model.onnx", "model.onnx", "--memory", size, cwd=folder)
    assert done.exit == 4 and "the limit on memory of 1024 bytes is reached" in done.stdout
    assert run("check", "model.onnx", "model.onnx", "--memory", "1M", cwd=folder).exit == 0


@pytest.mark.parametrize(
    "options",
    [["--memory", "0"], ["--memory", "x"], ["--memory", "9999999T"], ["--memory", "-1"], ["--limit", "trips"],
     ["--limit", "trips=0"], ["--limit", "time=5"], ["--limit", "trips=x"], ["--limit", "trips=5,"]],
)
def test_a_limit_that_is_none_is_a_usage_error(folder, options):
    run("check", "model.onnx", "model.onnx", *options).assert_failed(64)


def test_a_difference_that_was_found_decides_where_a_limit_is_reached_too(folder):
    proto = laughing()
    onnx.save(proto, folder / "model.onnx")
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    fused = onnx.load("fused.onnx")
    for tensor in fused.graph.initializer:
        if len(tensor.dims) == 4:
            tensor.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(tensor) * np.float32(1.5), tensor.name))
    onnx.save(fused, folder / "broken.onnx")
    assert run("check", "model.onnx", "broken.onnx", "--limit", "nodes=1000").exit == 2


def test_a_long_row_of_constants_is_worked_out_once(folder):
    nodes = [helper.make_node("Neg", [f"k{i}"], [f"k{i + 1}"]) for i in range(500)]
    nodes.append(helper.make_node("Add", ["y", "k500"], ["z"]))
    onnx.save(model(nodes, [("k0", np.ones((2, 1, 1), np.float32))]), folder / "model.onnx")
    status, text, peak, seconds = measured(folder, "check", "model.onnx", "model.onnx")
    assert status == 0 and "equivalent" in text
    assert peak < MEMORY and seconds < SECONDS


def small_network(outputs=True, foreign=0):
    rng = np.random.default_rng(3)
    nodes, stored, value = [], [], "x"
    for layer in range(3):
        for name, shape in {"w": (4, 4, 3, 3), "g": (4,), "b": (4,), "m": (4,), "v": (4,)}.items():
            array = np.abs(rng.normal(size=shape)).astype(np.float32) + np.float32(0.1)
            stored.append(onnx.numpy_helper.from_array(array, f"{name}{layer}"))
        nodes.append(helper.make_node("Conv", [value, f"w{layer}"], [f"c{layer}"], pads=[1] * 4))
        nodes.append(helper.make_node("BatchNormalization", [f"c{layer}", *[f"{n}{layer}" for n in "gbmv"]], [f"n{layer}"]))
        value = f"n{layer}"
        if layer < foreign:
            nodes.append(helper.make_node("Odd", [value], [f"o{layer}"], domain="d"))
            value = f"o{layer}"
    infos = [helper.make_tensor_value_info(value, TensorProto.FLOAT, None)] if outputs else []
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 8, 8])], infos, stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("d", 1)], ir_version=9)


@pytest.mark.parametrize("foreign", [0, 1, 2, 3])
def test_the_nodes_that_were_executed_are_counted(folder, foreign):
    onnx.save(small_network(foreign=foreign), folder / "model.onnx")
    done = run("model.onnx", "-o", "fused.onnx", "--check", "--report", "r.json")
    found = json.loads((folder / "r.json").read_text())["check"]
    assert 0 <= found["executed"] <= found["nodes"] == 6 + foreign
    assert (found["executed"] == found["nodes"]) == (foreign == 0)
    assert done.exit == 0
    text = run("check", "model.onnx", "fused.onnx").stdout
    executed, nodes = map(int, re.search(r"(-?\d+) of (\d+) nodes executed", text).groups())
    assert 0 <= executed <= nodes


@pytest.mark.parametrize("outputs", [True, False])
def test_a_graph_without_outputs_is_checked_by_its_values(folder, outputs):
    onnx.save(small_network(outputs), folder / "model.onnx")
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    assert run("model.onnx", "-o", "checked.onnx", "--check").exit == 0
    assert run("check", "model.onnx", "fused.onnx").exit == 0
    fused = onnx.load("fused.onnx")
    assert len(fused.graph.node) == 3
    (weight,) = [tensor for tensor in fused.graph.initializer if tensor.name in fused.graph.node[-1].input and len(tensor.dims) == 4]
    weight.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(weight) * np.float32(1.01), weight.name))
    onnx.save(fused, folder / "broken.onnx")
    assert run("check", "model.onnx", "broken.onnx").exit == 2


@pytest.mark.parametrize("megabytes", [300, 450, 600, 1000])
def test_under_a_limit_on_addresses_a_check_ends(folder, megabytes):
    onnx.save(small_network(), folder / "model.onnx")

    def limited():
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    line = [command(), "model.onnx", "-o", "fused.onnx", "--check"]
    done = subprocess.run(line, cwd=folder, capture_output=True, timeout=SECONDS, preexec_fn=limited, check=False)
    assert done.returncode in (0, 1, 4), done.stderr
    assert done.returncode == 0 or done.stderr.startswith(b"bnfuse: error: ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user of few processes")
@pytest.mark.parametrize("processes", [1, 2, 3])
def test_under_a_limit_on_processes_a_check_ends(folder, processes):
    onnx.save(small_network(), folder / "model.onnx")
    folder.chmod(0o777)

    def limited():
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
        os.setuid(54321)

    line = [command(), "check", "model.onnx", "model.onnx", "--threads", "4"]
    done = subprocess.run(line, cwd=folder, capture_output=True, timeout=SECONDS, preexec_fn=limited, check=False)
    assert done.returncode == 0, done.stderr
