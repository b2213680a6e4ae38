"""Runs the built command; two at a time, as a test machine has two cores."""

import json
import os
import pathlib
import subprocess
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Judges by what both models compute alone, whatever they store.
RUN_ALONE = ("--max-ulp", "1e300")


class CheckFailed(AssertionError):
    """The command gave no verdict."""


def command():
    path = os.environ.get("BNFUSE")
    if not path or not os.access(path, os.X_OK):
        pytest.fail("the environment variable BNFUSE must hold the path of the built command", pytrace=False)
    return os.path.abspath(path)


def saved(model, path):
    onnx.save(model, path)
    return pathlib.Path(path)


def fused(original, path):
    subprocess.run([command(), original, "-o", path, "-q"], check=True)
    return pathlib.Path(path)


def checked(original, candidate, *options):
    """The exit status of a check, and what it found; without a candidate of one model on recorded data."""
    models = [original] if candidate is None else [original, candidate]
    done = subprocess.run(
        [command(), "check", *models, "--json", *options], capture_output=True, timeout=120, check=False)
    if done.returncode not in (0, 2, 4):
        raise CheckFailed(f"exit status {done.returncode}: {done.stderr.decode().strip()}")
    return done.returncode, json.loads(done.stdout)["check"]


def together(function, items):
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, items))


def run_on_records(path, folder, model, session):
    """What a check of one model says of each of its outputs, on recorded inputs.

    What onnxruntime makes of them is recorded beside them, since the command wants something to compare with.
    """
    inputs = {value.name: np.load(folder / f"input_{index}.npy") for index, value in enumerate(model.graph.input)}
    for index, array in enumerate(session(model).run(None, inputs)):
        np.save(folder / f"output_{index}.npy", array)
    _, check = checked(path, None, "--data", folder)
    return check["runs"][0]["outputs"]
