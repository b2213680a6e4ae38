"""Small models on which an earlier version failed; those of a pair are also compared with each other."""

import pathlib

from inputs import MEMORY, Input, model

CASES = pathlib.Path(__file__).parent / "cases"

# How the name of the second model of a pair goes on from that of the first.
CANDIDATES = "_opt", "_hand", "_sim", "_own"
# Some ask for endless trips or nodes, which these limits end early.
LIMITS = "--limit nodes=20000 --limit trips=2000"


def cases():
    paths = {path.stem: path for path in sorted(CASES.glob("*.onnx"))}
    for name, path in paths.items():
        yield model(name, path, more=LIMITS)
    for original, candidate in sorted(pairs(paths)):
        files = {"original.onnx": paths[original], "candidate.onnx": paths[candidate]}
        check = f"check original.onnx candidate.onnx {MEMORY} {LIMITS}"
        yield Input(f"{original} with {candidate}", files, [check, f"{check} --json"])


def pairs(names):
    for name in names:
        for original in [name.removesuffix(suffix) for suffix in CANDIDATES if name.endswith(suffix)]:
            yield original, name
        if name.endswith("_orig"):
            yield name, name.removesuffix("_orig")
        if name.endswith("_a"):
            yield name, f"{name[:-2]}_b"
    yield "no_output", "with_output"
