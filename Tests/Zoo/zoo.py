"""Compares the norms that bnfuse leaves in real topologies with those that five other tools leave; see README.md.

    BNFUSE=path/of/the/command python zoo.py [--write] [NAME ...]
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys

import onnx

from attempt import norm_count
from export import exported
from table import Row, markdown, written
from tools import RIVALS, TOOLS, versions
from topologies import TOPOLOGIES

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".build-zoo"
PAGE = ROOT / "Documentation" / "zoo.md"
HERE = pathlib.Path(__file__).parent
LONGEST = 900  # seconds for one tool on one model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these topologies")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    if not os.access(os.environ.get("BNFUSE", ""), os.X_OK):
        parser.error("the environment variable BNFUSE must hold the path of the built command")
    if unknown := set(options.names) - set(TOPOLOGIES):
        parser.error(f"no topologies: {', '.join(sorted(unknown))}")
    if options.write and options.names:
        parser.error("--write wants all topologies")

    results = Results(CACHE / "results.json")
    rows = [row(name, results) for name in options.names or TOPOLOGIES]
    table = markdown(rows, versions())
    print(table)
    if options.write:
        PAGE.write_text(written(PAGE.read_text(), table))
    faults = [fault for row in rows for fault in row.faults()]
    sys.exit("\n".join(faults) or 0)


def row(name, results):
    path = exported(name, CACHE / "models")
    return Row(name, norm_count(onnx.load(path)), {tool: results.of(tool, path) for tool in TOOLS})


class Results:
    """What each tool made of each model; what rivals did is kept, since neither they nor the models change."""

    def __init__(self, path):
        self.path = path
        self.kept = json.loads(path.read_text()) if path.exists() else {}
        self.versions = versions()

    def of(self, tool, model):
        digest = hashlib.sha256(model.read_bytes()).hexdigest()[:16]
        key = f"{model.stem} {digest} {tool} {self.versions.get(tool)}"
        if key in self.kept:
            return self.kept[key]
        found = attempted(tool, model)
        print(f"{model.stem}, {tool}: {found}", file=sys.stderr, flush=True)
        if tool in RIVALS:
            self.kept[key] = found
            self.path.write_text(json.dumps(self.kept, indent=1))
        return found


def attempted(tool, model):
    """What an attempt printed, or how it ended instead."""
    command = [sys.executable, HERE / "attempt.py", tool, model]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return {"error": f"no result within {LONGEST} s"}
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    return {"error": (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]}


if __name__ == "__main__":
    main()
