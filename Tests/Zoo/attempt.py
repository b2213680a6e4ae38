"""Lets one tool work on one model and judges the result with onnxruntime; a process of its own, since tools crash.

    python attempt.py TOOL ORIGINAL    prints what came of it as JSON
"""

import json
import os
import pathlib
import sys
import tempfile

import onnx

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Models"))

from graphs import is_a, subgraphs  # noqa: E402
from runtime import deviation, inputs, run  # noqa: E402
from tools import TOOLS  # noqa: E402


def norm_count(model):
    """The norms in all graphs and functions of a model."""

    def within(nodes):
        for node in nodes:
            yield is_a(node, "BatchNormalization")
            for inner in subgraphs(node):
                yield from within(inner.node)

    bodies = [model.graph, *model.functions]
    return sum(found for body in bodies for found in within(body.node))


def attempt(tool, path):
    """How many norms a tool leaves, why (where it says), and how far its result is off, as a share of the range."""
    original = onnx.load(path)
    with tempfile.TemporaryDirectory() as folder:
        result = os.path.join(folder, "result.onnx")
        reasons = TOOLS[tool](str(path), result)
        changed = onnx.load(result)
    onnx.checker.check_model(changed)
    feeds = inputs(original)
    before, after = run(original, feeds), run(changed, feeds)
    off = max(deviation(before[name], after[name]) for name in before)
    return {"left": norm_count(changed), "off": off, "reasons": reasons or []}


if __name__ == "__main__":
    print(json.dumps(attempt(*sys.argv[1:])))
