"""ONNX's own operator tests as folders of models with recorded data, and what is expected of each.

    python Tests/Evaluation/operator_cases.py                   # make the cases, say how many there are
    python Tests/Evaluation/operator_cases.py --update BNFUSE   # run them all and write expectations.json anew

`--update` keeps the reason of an exception that stays one with the same exit status. A new exception gets what the
command said, marked as a draft: a person replaces it by the reason, or the command is mended.
"""

import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from unittest import mock

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

FOLDER = pathlib.Path(__file__).resolve().parent
CACHE = FOLDER.parents[1] / ".build-cases"
EXPECTATIONS = FOLDER / "expectations.json"
PACKAGED = pathlib.Path(onnx.__file__).parent / "backend/test/data"
SUITES = ("simple", "pytorch-converted", "pytorch-operator")  # light and real models have no recorded inputs
DATA = "test_data_set_0"
WORKERS, SECONDS = 2, 60
DRAFT = "draft: "


@dataclass
class Case:
    """A model and one data set in a folder, with the tolerances that ONNX gives it."""

    name: str
    folder: str
    rtol: float = 1e-3
    atol: float = 1e-7

    @property
    def model(self):
        return pathlib.Path(self.folder, "model.onnx")

    @property
    def data(self):
        return pathlib.Path(self.folder, DATA)


@dataclass
class Result:
    """The exit status of `bnfuse check`, None after a timeout, and the first line that it printed."""

    exit: int | None
    line: str


# Making the cases


def all_cases():
    return [*made_cases(), *packaged_cases()]


def made_cases():
    """The cases that ONNX makes in Python. They are written once, for this version of onnx and of this script."""
    key = hashlib.sha256(onnx.__version__.encode() + pathlib.Path(__file__).read_bytes()).hexdigest()[:16]
    kept = CACHE / key
    if not kept.exists():
        check_version()
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            place = pathlib.Path(scratch, "cases")
            cases = [write_case(place, case) for case in collected()]
            (place / "cases.json").write_text(json.dumps([asdict(case) for case in cases]))
            if not kept.exists():  # no other run was faster
                place.rename(kept)
    cases = [Case(**fields) for fields in json.loads((kept / "cases.json").read_text())]
    for case in cases:
        case.folder = str(kept / case.folder)
    return cases


def packaged_cases():
    """The cases that lie in the package as files, used in place."""
    folders = [folder for suite in SUITES for folder in sorted((PACKAGED / suite).iterdir())]
    return [Case(f"{folder.parent.name}/{folder.name}", str(folder)) for folder in folders if (folder / DATA).is_dir()]


def check_version():
    """Other versions of onnx have other cases."""
    pinned = re.search(r"^onnx==(\S+)$", (FOLDER.parent / "requirements.txt").read_text(), re.MULTILINE)[1]
    if onnx.__version__ != pinned:
        raise RuntimeError(f"the cases are those of onnx {pinned}, and onnx {onnx.__version__} is installed")


def collected():
    """What ONNX collects. Pillow, which it uses only where it is installed, is hidden: the cases stay the same."""
    with warnings.catch_warnings(), mock.patch.dict(sys.modules, {"PIL": None}):
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        return collect_testcases(None)


def write_case(place, case):
    """Writes a collected case below `place`, in whose folder its own is named by it."""
    folder = place / case.name
    (folder / DATA).mkdir(parents=True)
    (folder / "model.onnx").write_bytes(case.model.SerializeToString())
    ((inputs, outputs),) = case.data_sets
    graph = case.model.graph
    for kind, values, infos in (("input", inputs, graph.input), ("output", outputs, graph.output)):
        write_values(folder / DATA, kind, values, infos)
    return Case(case.name, case.name, case.rtol, case.atol)


def write_values(folder, kind, values, infos):
    """Writes input_0.pb, … or output_0.pb, … as the graph declares the values."""
    for index, (value, info) in enumerate(zip(values, infos, strict=True)):
        pathlib.Path(folder, f"{kind}_{index}.pb").write_bytes(message(value, info).SerializeToString())


def message(value, info):
    """A value as the message that its declared type asks for; no value is the empty optional."""
    declared = info.type.WhichOneof("value")
    if declared == "optional_type":
        return numpy_helper.from_optional(value, info.name)
    if declared == "sequence_type":
        return numpy_helper.from_list(value, info.name)
    assert declared == "tensor_type", f"{info.name} is a {declared}"
    return value if isinstance(value, TensorProto) else numpy_helper.from_array(np.asarray(value), info.name)


# What they are made of


def operators(graph):
    """The operators of a graph and of its subgraphs."""
    found = set()
    for node in graph.node:
        found.add(node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}")
        for attribute in node.attribute:
            for subgraph in [attribute.g, *attribute.graphs]:
                found |= operators(subgraph)
    return found


def operators_by_case(cases):
    """The operators that each case belongs to: an expanded function belongs to those of the case it was made from."""
    own = {case.name: operators(onnx.load(case.model, load_external_data=False).graph) for case in cases}
    return {name: own.get(re.sub(r"_expanded(_ver\d+)?$", "", name), of) for name, of in own.items()}


# Running them


def check(bnfuse, case):
    """What the command says of one case."""
    command = [bnfuse, "check", case.model, "--data", case.data, "--rtol", str(case.rtol), "--atol", str(case.atol)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL, check=False)
    except subprocess.TimeoutExpired:
        return Result(None, f"took more than {SECONDS} s")
    printed = (done.stdout + done.stderr).decode("utf-8", "replace").split("\n")
    first = next((line.strip() for line in printed if line.strip()), "printed nothing")
    return Result(done.returncode, first.replace(str(case.data), DATA).replace(str(case.model), "model.onnx"))


def check_all(bnfuse, cases):
    """The result of each case, by name."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return dict(zip([case.name for case in cases], pool.map(lambda case: check(bnfuse, case), cases)))


# Expecting


class Expectations:
    """The names of the cases that pass; exit status and reason of each other case, by name."""

    def __init__(self, path=EXPECTATIONS):
        document = json.loads(path.read_text()) if path.exists() else {"exceptions": [], "passes": []}
        self.passes = document["passes"]
        groups = document["exceptions"]
        self.listed = [*self.passes, *(name for group in groups for name in group["cases"])]
        self.exceptions = {name: (group["exit"], group["reason"]) for group in groups for name in group["cases"]}


def update(bnfuse, path=EXPECTATIONS):
    """Writes what passes and, grouped by reason, what does not."""
    results = check_all(bnfuse, all_cases())
    known, groups = Expectations(path).exceptions, {}
    for name, result in sorted(results.items()):
        if result.exit == 0:
            continue
        status, reason = known.get(name, (None, DRAFT))
        if status != result.exit or reason.startswith(DRAFT):
            reason = DRAFT + re.sub(r"^(\S+ \S+) '[^']*'", r"\1", result.line)  # alike but for the value's name
        groups.setdefault((reason, result.exit), []).append(name)
    document = {
        "exceptions": [
            {"reason": reason, "exit": status, "cases": names} for (reason, status), names in sorted_groups(groups)
        ],
        "passes": sorted(name for name, result in results.items() if result.exit == 0),
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(document['passes'])} pass, {len(results) - len(document['passes'])} do not")


def sorted_groups(groups):
    """Reasons before drafts, each by the name of the first case."""
    return sorted(groups.items(), key=lambda group: (group[0][0].startswith(DRAFT), group[1][0]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", metavar="BNFUSE", help="the built command, with which expectations.json is written")
    bnfuse = parser.parse_args().update
    if bnfuse:
        update(str(pathlib.Path(bnfuse).resolve()))
    else:
        print(f"{len(made_cases())} made, {len(packaged_cases())} in the package")


if __name__ == "__main__":
    main()
