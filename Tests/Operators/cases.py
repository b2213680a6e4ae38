"""ONNX's own operator tests, written out as models with recorded data.

`python Tests/Operators/cases.py --update BNFUSE` runs them all and writes the lists anew: passes.txt, and into
exceptions.json what fails without standing there yet, for a person to give the reason.
"""

import argparse
import functools
import json
import pathlib
import subprocess
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
from onnx import numpy_helper

FOLDER = pathlib.Path(__file__).parent
PASSES = FOLDER / "passes.txt"
EXCEPTIONS = FOLDER / "exceptions.json"
DATA = "test_data_set_0"
SUITES = ["simple", "pytorch-converted", "pytorch-operator"]
SECONDS = 60


class Case:
    """A folder with a model and a data set, and what its outputs may differ by."""

    def __init__(self, name, folder, rtol=1e-3, atol=1e-7):
        self.name, self.folder, self.rtol, self.atol = name, folder, rtol, atol

    @functools.cached_property
    def model(self):
        return onnx.load(self.folder / "model.onnx", load_external_data=False)

    def check(self, bnfuse):
        """The command's exit status and first line."""
        arguments = ["--data", self.folder / DATA, "--rtol", self.rtol, "--atol", self.atol]
        done = subprocess.run(
            [bnfuse, "check", self.folder / "model.onnx", *map(str, arguments)],
            capture_output=True, text=True, timeout=SECONDS, check=False)
        return done.returncode, (done.stdout or done.stderr).split("\n")[0]


def node_cases(folder):
    """The cases that ONNX makes in Python, written into a folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        for case in collect_testcases(None):
            written = Case(case.name, pathlib.Path(folder) / case.name, case.rtol, case.atol)
            data = written.folder / DATA
            data.mkdir(parents=True)
            (written.folder / "model.onnx").write_bytes(case.model.SerializeToString())
            inputs, outputs = case.data_sets[0]
            for kind, values, infos in (("input", inputs, case.model.graph.input), ("output", outputs, case.model.graph.output)):
                for index, (value, info) in enumerate(zip(values, infos)):
                    (data / f"{kind}_{index}.pb").write_bytes(stored(value, info).SerializeToString())
            yield written


def stored(value, info):
    """A value as the kind of message that its declared type asks for."""
    kind = info.type.WhichOneof("value")
    if kind == "optional_type":
        return numpy_helper.from_optional(value, info.name)
    if kind == "sequence_type":
        return numpy_helper.from_list(value, info.name)
    return value if isinstance(value, onnx.TensorProto) else numpy_helper.from_array(np.asarray(value), info.name)


def recorded_cases():
    """The cases that lie in the package as files."""
    root = pathlib.Path(onnx.__file__).parent / "backend/test/data"
    for suite in SUITES:
        for folder in sorted((root / suite).iterdir()):
            if (folder / DATA).is_dir():
                yield Case(f"{suite}/{folder.name}", folder)


def all_cases(folder):
    return [*node_cases(folder), *recorded_cases()]


def check_all(cases, bnfuse):
    """Each case's status and first line, by name."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip([case.name for case in cases], pool.map(lambda case: case.check(bnfuse), cases)))


def listed_passes():
    return PASSES.read_text().split()


def listed_exceptions():
    """The reason of each exception, by the case's name."""
    return {name: reason for reason, names in json.loads(EXCEPTIONS.read_text()).items() for name in names}


def update(bnfuse, folder):
    results = check_all(all_cases(folder), bnfuse)
    PASSES.write_text("".join(f"{name}\n" for name in sorted(results) if results[name][0] == 0))
    known = listed_exceptions() if EXCEPTIONS.exists() else {}
    reasons = {}
    for name in sorted(results):
        if results[name][0] != 0:
            reasons.setdefault(known.get(name, results[name][1]), []).append(name)
    EXCEPTIONS.write_text(json.dumps(reasons, indent=2) + "\n")


if __name__ == "__main__":
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", metavar="BNFUSE", required=True, help="the built command")
    with tempfile.TemporaryDirectory() as scratch:
        update(parser.parse_args().update, scratch)
