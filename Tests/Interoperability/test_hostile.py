"""Files made to exhaust stack, memory or time: refused, or done within bounds."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from builders import Graph
from command import command, fuse, run
from hostile import BOMBS, CLAIMED, DEEP, HUGE, claimed, deep, huge_constant
from judge import judge

MEBIBYTE = 1 << 20
MEMORY = 600 * MEBIBYTE
SECONDS = 10

# Starts the command from a small process, so that the peak is the command's own and not this process's.
MEASURED = """
import json, resource, subprocess, sys
if int(sys.argv[1]): resource.setrlimit(resource.RLIMIT_STACK, (int(sys.argv[1]), int(sys.argv[1])))
done = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL, capture_output=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, done.stderr.decode("utf-8", "replace"), usage.ru_maxrss * 1024]))
"""


def measured(folder, data, *options, stack=0):
    """Exit status, standard error, peak memory in bytes and seconds of one run, with that much stack unless 0."""
    (folder / "model.onnx").write_bytes(data)
    line = [sys.executable, "-S", "-c", MEASURED, str(stack), command(), "model.onnx", "-o", "fused.onnx", "--quiet", *options]
    start = time.monotonic()
    done = subprocess.run(line, capture_output=True, cwd=folder, timeout=6 * SECONDS, check=True)
    status, error, peak = json.loads(done.stdout)
    return status, error, peak, time.monotonic() - start


def assert_within_bounds(folder, data):
    status, error, peak, seconds = measured(folder, data)
    print(f"exit {status}, {peak / MEBIBYTE:.0f} MiB, {seconds:.2f} s: {error.strip()}")
    assert status in (0, 1), f"exit {status}: {error}"
    if status == 1:
        assert error.startswith("bnfuse: error: ") and error.count("\n") == 1, error
        assert os.listdir(folder) == ["model.onnx"], "a refused model left a file"
    assert peak < MEMORY, f"{peak / MEBIBYTE:.0f} MiB for a file of {len(data) / MEBIBYTE:.1f} MiB"
    assert seconds < SECONDS, f"{seconds:.1f} s"
    return status


@pytest.mark.parametrize("levels", [40, 200, 3000, 20000])
@pytest.mark.parametrize("kind", DEEP)
def test_deep_nesting_is_refused_or_carried_but_never_overflows_the_stack(kind, levels):
    data = deep(kind, levels)
    result = fuse(data, again=False) if kind == "unknown fields" else run("-", "-o", "-", "--quiet", stdin=data)
    if kind == "unknown fields":
        assert result.exit == 0 and result.report["summary"]["folded"] == 1
    elif result.exit:
        result.assert_failed(1)
    else:
        assert levels == 40


def test_thirty_levels_of_subgraphs_are_ordinary():
    """As many as other libraries accept."""
    inner = Graph(name="innermost", seed=3)
    inner.weight("w", [3, 3, 1, 1])
    inner.convolution("x", "c", "w")
    inner.norm("c", "n0", 3)
    inner.output("n0", [1, 3, 2, 2])
    body = inner.proto
    for level in range(1, 30):
        outer = Graph(name=f"level{level}")
        other = Graph(name=f"other{level}")
        other.node("Identity", ["x"], f"o{level}")
        other.output(f"o{level}", [1, 3, 2, 2])
        outer.node("If", ["which"], f"n{level}", then_branch=body, else_branch=other.proto)
        outer.output(f"n{level}", [1, 3, 2, 2])
        body = outer.proto
    graph = Graph()
    graph.proto.node.extend(body.node)
    graph.input("x", [1, 3, 2, 2])
    graph.input("which", [], dtype="bool")
    graph.output("n29", [1, 3, 2, 2])
    model = graph.model()
    judge(model, fuse(model), folded=1)


@pytest.mark.parametrize("kind", BOMBS)
def test_four_mebibytes_of_small_things_stay_within_memory_and_time(kind, folder):
    assert_within_bounds(folder, BOMBS[kind](4 * MEBIBYTE))


@pytest.mark.parametrize("length", CLAIMED)
def test_a_length_that_is_only_claimed_takes_no_memory(length, folder):
    assert assert_within_bounds(folder, claimed(length)) == 1


@pytest.mark.parametrize("shape", HUGE, ids=str)
def test_a_constant_of_a_huge_shape_takes_no_memory(shape, folder):
    assert_within_bounds(folder, huge_constant(shape))


def test_a_long_chain_of_identities_takes_no_recursion(folder):
    graph = Graph()
    graph.input("x", [1, 1, 2, 2])
    graph.weight("w", [1, 1, 1, 1])
    value = graph.convolution("x", "c", "w")
    for i in range(20_000):
        value = graph.node("Identity", [value], f"i{i}", name="")
    graph.norm(value, "y", 1)
    graph.output("y", [1, 1, 2, 2])
    assert assert_within_bounds(folder, graph.model().SerializeToString()) == 0


def test_a_constant_behind_a_long_chain_of_identities_takes_no_recursion(folder):
    graph = Graph()
    graph.input("x", [1, 1, 2, 2])
    value = graph.weight("w", [1, 1, 1, 1])
    for i in range(20_000):
        value = graph.node("Identity", [value], f"i{i}", name="")
    graph.convolution("x", "c", value)
    graph.norm("c", "y", 1)
    graph.output("y", [1, 1, 2, 2])
    assert assert_within_bounds(folder, graph.model().SerializeToString()) == 0


def test_a_constant_behind_a_long_chain_of_casts_takes_no_recursion(folder):
    graph = Graph()
    graph.input("x", [1, 1, 2, 2])
    value = graph.weight("w", [1, 1, 1, 1])
    for i in range(20_000):
        value = graph.node("Cast", [value], f"i{i}", name="", to=1)
    graph.convolution("x", "c", value)
    graph.norm("c", "y", 1)
    graph.output("y", [1, 1, 2, 2])
    assert assert_within_bounds(folder, graph.model().SerializeToString()) == 0


def test_two_thousand_norms_in_a_row_fold_into_one_operator(folder):
    graph = Graph()
    graph.input("x", [1, 1, 2, 2])
    graph.weight("w", [1, 1, 1, 1])
    value = graph.convolution("x", "c", "w")
    ones = np.ones(1)  # a scale near one, so that two thousand of them neither overflow nor vanish
    names = graph.norm_parameters("p", 1, gamma=ones, variance=ones)
    parameters = dict(zip(("gamma", "beta", "mean", "variance"), names))
    for i in range(2000):
        value = graph.norm(value, f"n{i}", 1, **parameters)
    graph.output(value, [1, 1, 2, 2])
    assert assert_within_bounds(folder, graph.model().SerializeToString()) == 0


def test_one_weight_shared_by_many_operators_is_bounded_by_its_clones(folder):
    graph = Graph()
    graph.input("x", [1, 64, 1, 1])
    graph.weight("w", [64, 64, 1, 1])
    parameters = dict(zip(("gamma", "beta", "mean", "variance"), graph.norm_parameters("p", 64)))
    for i in range(500):
        graph.convolution("x", f"c{i}", "w")
        graph.norm(f"c{i}", f"y{i}", 64, **parameters)
        graph.output(f"y{i}", [1, 64, 1, 1])
    assert assert_within_bounds(folder, graph.model().SerializeToString()) == 0
