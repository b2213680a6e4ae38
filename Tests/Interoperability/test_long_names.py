"""Names that come from a file, as people are shown them: shortened, one line each; and as JSON has them: whole."""

import json
import re

import numpy as np
import pytest

from builders import Graph, conv_norm
from command import run

LENGTHS = [200, 201, 100_000]


def declined(name):
    """A norm that stays, with a name in every place where there is one."""
    graph = Graph()
    graph.input("x", [1, 4, 3, 3])
    graph.node("Relu", ["x"], [f"r{name}"], name=f"r{name}")
    graph.norm(f"r{name}", f"y{name}", 4, name=name)
    graph.output(f"y{name}", [1, 4, 3, 3])
    return graph.model()


def longest_run(text):
    """The most bytes of a name that stand in a row."""
    return max(len(run.encode()) for run in re.findall(r"(?:nm)+n?|n|m", text))


@pytest.mark.parametrize("length", LENGTHS)
def test_people_are_shown_the_ends_of_a_name_and_json_has_all_of_it(length, folder):
    name = ("nm" * length)[:length]
    (folder / "m.onnx").write_bytes(declined(name).SerializeToString())
    done = run("m.onnx", "-o", "o.onnx", "-v", *(f"--report=r.{form}" for form in ("json", "md", "html")))
    assert done.exit == 0
    report = json.loads((folder / "r.json").read_text("utf-8"))
    assert report["declined"][0]["node"] == name
    texts = [done.stdout, (folder / "r.md").read_text("utf-8"), (folder / "r.html").read_text("utf-8"),
             run("inspect", "m.onnx").stdout, run("check", "m.onnx", "o.onnx", "-v").stdout]
    assert name in run("inspect", "m.onnx", "--json").stdout
    for text in texts:
        assert longest_run(text) <= 200
    assert (name in done.stdout) == (length <= 200)


@pytest.mark.parametrize("length", LENGTHS)
def test_an_error_shows_the_ends_of_a_name(length, folder):
    model = conv_norm()
    model.graph.initializer[0].raw_data = b"\0"
    name = ("nm" * length)[:length]
    model.graph.initializer[0].name = name
    (folder / "m.onnx").write_bytes(model.SerializeToString())
    text = run("m.onnx", "-o", "o.onnx").assert_failed(1, "m.onnx: tensor 'nmnm", "are stored")
    assert longest_run(text) <= 200 and (name in text) == (length <= 200)


@pytest.mark.parametrize("piece", ["'", "' ", "it's "])
def test_quotes_in_a_name_do_not_make_a_line_of_any_length(piece, folder):
    model = conv_norm()
    model.graph.initializer[0].raw_data = b"\0"
    model.graph.initializer[0].name = piece * 50_000
    (folder / "m.onnx").write_bytes(model.SerializeToString())
    assert len(run("m.onnx", "-o", "o.onnx").assert_failed(1)) < 2100
