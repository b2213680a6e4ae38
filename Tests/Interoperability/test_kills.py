"""Runs that are killed at a random moment. `KILLS` says how many there are in all; `make nightly` makes 1,000."""

import os
import random
import signal
import subprocess
import time

import onnx
import pytest

from builders import Graph
from command import command, listing, run
from cutting import LEFT_BY_KILLS
from external import OURS, write

KILLS = int(os.environ.get("KILLS", 80))
KINDS = [(storage, target, name) for storage in ("inline", "external") for target in ("fresh", "existing")
         for name in ("TERM", "KILL")]  # fmt: skip


def model(megabytes=6):
    """Convolutions large enough that writing takes a while."""
    graph = Graph(seed=3)
    value = graph.input("x", [1, 256, 64, 8])
    for index in range(megabytes * 2):
        graph.weight(f"w{index}", [256, 256, 2, 1])
        value = graph.convolution(value, f"c{index}", f"w{index}")
        value = graph.norm(value, f"n{index}", 256)
    graph.output(value)
    return graph.model()


@pytest.mark.parametrize(("storage", "target", "name"), KINDS)
def test_a_killed_run_leaves_the_old_or_the_new_model_with_its_own_data(storage, target, name, folder):
    """SIGKILL may leave new data without its model, and a temporary name if it hits the step between two names."""
    chance = random.Random(f"{storage} {target} {name}")
    if storage == "external":
        write(folder, model())
    else:
        (folder / "model.onnx").write_bytes(model().SerializeToString())
    if target == "existing":
        assert run("model.onnx", "-o", "out.onnx", "--skip", "n3").exit == 0
    before = listing(folder)
    start = time.monotonic()
    assert run("model.onnx", "-o", "out.onnx").exit == 0
    duration = time.monotonic() - start
    after = listing(folder)
    outcomes = set()
    for _ in range(max(KILLS // len(KINDS), 1)):
        restore(folder, before)
        running = subprocess.Popen([command(), "model.onnx", "-o", "out.onnx", "--quiet"])
        time.sleep(chance.uniform(0, duration * 1.1))
        running.send_signal(getattr(signal, f"SIG{name}"))
        assert running.wait(30) in (0, -getattr(signal, f"SIG{name}"))
        left = listing(folder)
        if name == "KILL":
            left = without_leftovers(left, before, after)
        assert left in (before, after), f"{sorted(left)} is neither {sorted(before)} nor {sorted(after)}"
        outcomes.add(left == after)
        if left == after or target == "existing":
            onnx.load("out.onnx")
    assert outcomes


def without_leftovers(left, before, after):
    """What is there but for what a killed run cannot take back: data whose model did not come, and a temporary name."""
    states = {**before, **after}
    model = left.get("out.onnx")
    expected = before if model == before.get("out.onnx") else after
    return {
        name: data for name, data in left.items()
        if name in expected or not (LEFT_BY_KILLS.fullmatch(name) or (OURS.fullmatch(name) and states.get(name) == data))
    }  # fmt: skip


def restore(folder, files):
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
