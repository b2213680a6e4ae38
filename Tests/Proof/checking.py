"""Runs the built command; two at a time, as a test machine has two cores."""

import json
import os
import pathlib
import subprocess
from concurrent.futures import ThreadPoolExecutor

import onnx
import pytest

# Judges by what both models compute alone, whatever they store.
RUN_ALONE = ("--max-ulp", "1e300")


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
    """The exit status of a check, and what it found."""
    done = subprocess.run(
        [command(), "check", original, candidate, "--json", *options], capture_output=True, timeout=120, check=False)
    assert done.returncode in (0, 2, 4), done.stderr.decode()
    return done.returncode, json.loads(done.stdout)["check"]


def together(function, items):
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, items))
