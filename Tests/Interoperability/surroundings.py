"""What is expected of a norm in its surroundings: one `Case` is a small model with its outcome."""

import pathlib
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import onnx

from command import fuse, run
from judge import assert_codes
from oracles import ORACLES, assert_equivalent, attempt, deviation, feeds_for, is_valid, tolerance
from preservation import bodies
from tracing import is_norm

# Sets of codes that are all true where nothing ranks them.
AXIS = frozenset({"channel-axis-differs", "channel-mismatch", "rank-unknown"})
READERS = frozenset({"activation-shared", "value-pinned"})
# A norm with nothing linear before it, that has an operator behind it which does not take it either.
NOWHERE = "no-linear-producer"


@dataclass(frozen=True)
class Case:
    """A model and what must become of it.

    `direction` is that of every fold, or lists them all, or is None where it does not matter; `becomes` are the
    operators that remain, without constants; each entry of `declined` is a code or a set of codes; `otherwise` holds
    the codes of the norms that may stay instead of being folded, where both are right.
    """

    name: str
    build: object
    folded: int = 0
    declined: tuple = ()
    merged: int = 0
    affine: int | None = None
    direction: object = "backward"
    becomes: object = None
    otherwise: tuple | None = None
    oracles: tuple = tuple(ORACLES)
    options: tuple = ()
    feeds: object = None
    sizes: dict = field(default_factory=dict)

    def __str__(self):
        return self.name


def case(name, build, folded=0, declined=(), **expected):
    """A case; a single code may stand for a tuple of one, and the operators that remain may be one string of words."""
    if isinstance(declined, (str, frozenset)):
        declined = (declined,)
    if isinstance(becomes := expected.get("becomes"), str):
        expected["becomes"] = becomes.split()
    return Case(name, build, folded, tuple(declined), **expected)


def with_bodies(nodes):
    """The nodes and those of their bodies."""
    for node in nodes:
        yield node
        for graph in bodies(node):
            yield from with_bodies(graph.node)


def all_nodes(model):
    """Every node of the model, those of subgraphs and functions too."""
    yield from with_bodies(model.graph.node)
    for function in model.functions:
        yield from with_bodies(function.node)


def norm_values(model):
    """What the norms of the whole model write."""
    return [node.output[0] for node in all_nodes(model) if is_norm(node)]


def remaining(model):
    """The operators of the main graph, in order, without those that only make constants."""
    return [node.op_type for node in model.graph.node if node.op_type != "Constant"]


def assert_summary(expected, report):
    """The counts, the codes and the directions of a report are the expected ones."""
    summary = report["summary"]
    if expected.otherwise and summary["declined"] == len(expected.declined) + len(expected.otherwise):
        codes = (*expected.declined, *expected.otherwise)
        folded = expected.folded - len(expected.otherwise)
        expected = replace(expected, folded=folded, declined=codes, otherwise=None, becomes=None)
    codes = [decline["code"] for decline in report["declined"]]
    found = (summary["folded"], summary["merged"])
    assert found == (expected.folded, expected.merged), (
        f"{found[0]} folded and {found[1]} merged instead of {expected.folded} and {expected.merged}; declined "
        f"{[(d['code'], d['reason']) for d in report['declined']]}"
    )
    assert_codes(codes, expected.declined)
    if expected.affine is not None:
        assert summary["affineFolded"] == expected.affine, f"{summary['affineFolded']} constants folded"
    wanted = expected.direction or []
    wanted = [wanted] * expected.folded if isinstance(wanted, str) else list(wanted[: expected.folded])
    wanted += ["merged"] * expected.merged
    if expected.direction is None:
        return
    directions = {(fold["graph"], fold["batchNorm"]): fold["direction"] for fold in report["folds"]}
    assert Counter(directions.values()) == Counter(wanted), directions


def assert_shape(expected, original, result):
    """As many norms are gone as the report says, and nothing has changed if nothing was done."""
    summary = result.report["summary"]
    assert len(norm_values(result.model)) == len(norm_values(original)) - summary["folded"] - summary["merged"]
    # With that option what stays is written as inference.
    rewritten = "--assume-inference" in expected.options
    if not (rewritten or summary["folded"] or summary["merged"] or summary["affineFolded"]):
        assert result.data == result.input, "nothing was folded but the bytes changed"
    if expected.becomes is not None:
        assert remaining(result.model) == list(expected.becomes)


def tensors(names, values):
    """Values by name, those of a sequence each by itself."""
    for name, value in zip(names, values):
        if isinstance(value, list):
            yield from ((f"{name}[{place}]", each) for place, each in enumerate(value))
        else:
            yield name, value


def values_of(model, feeds):
    """Every value that a node of the main graph writes, by name, or nothing where no evaluator shows them."""
    seen = onnx.ModelProto.FromString(model.SerializeToString())
    names = [name for node in model.graph.node for name in node.output if name]
    del seen.graph.output[:]
    seen.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    for oracle in ("own", "onnxruntime"):
        results = attempt(oracle, seen, feeds)
        if results is not None:
            return dict(tensors(names, results))
    return {}


def assert_names(original, fused, feeds, report):
    """A name never changes its meaning: what has other contents has another name, and the report tells the map."""
    before, after = values_of(original, feeds), values_of(fused, feeds)
    allowed = tolerance("", original)
    for name in before.keys() & after.keys():
        assert deviation(before[name], after[name]) <= allowed, f"{name!r} is not what it was"
    for entry in report["renamed"]:
        assert entry["old"] not in after and entry["new"] not in before, f"{entry['old']!r} is not renamed"
        if entry["old"] in before and entry["new"] in after:
            assert is_map_of(before[entry["old"]], after[entry["new"]], entry, allowed), f"{entry} is not its map"


def is_map_of(old, new, entry, allowed):
    """Whether `new = scale · old + shift` along one of the axes."""
    scale, shift = (np.asarray(entry[key], np.float64) for key in ("scale", "shift"))
    for axis in range(old.ndim):
        if old.shape[axis] == len(scale):
            shape = [-1 if i == axis else 1 for i in range(old.ndim)]
            if deviation(old * scale.reshape(shape) + shift.reshape(shape), new) <= allowed:
                return True
    return False


def assert_case(expected):
    """Fuses the model (and the fused model again, which must change nothing) and judges it whole; gives the run."""
    model = expected.build()
    feeds = expected.feeds or feeds_for(model, sizes=expected.sizes)
    assert len(norm_values(model)) == expected.folded + expected.merged + len(expected.declined), "a count is wrong"
    result = fuse(model, *expected.options, proved=False)
    assert result.exit == 0, f"exit {result.exit}: {result.stderr}"
    assert_summary(expected, result.report)
    assert_shape(expected, model, result)
    if is_valid(model):
        assert is_valid(result.model, full=is_valid(model, full=True)), "the fused model is not valid"
    if expected.oracles:
        assert_equivalent(model, result.model, feeds, names=expected.oracles)
        assert_names(model, result.model, feeds, result.report)
    assert_not_called_different(model, result, feeds)
    return result


def assert_not_called_different(model, result, feeds):
    """`check` does not call the fused model different, even by the limit of our own folds, which it is not."""
    unknown = [v.name for v in model.graph.input if not v.type.tensor_type.HasField("shape")]
    shapes = [f"--input-shape={name}={','.join(map(str, feeds[name].shape))}" for name in unknown]
    with tempfile.TemporaryDirectory(prefix="interoperability") as folder:
        source, target = (pathlib.Path(folder) / name for name in ("original.onnx", "fused.onnx"))
        source.write_bytes(result.input)
        target.write_bytes(result.data)
        done = run("check", source, target, "--max-ulp=1", *shapes)
    assert done.exit in (0, 4), f"check calls a right fold different: {done.stdout[-2000:]}{done.stderr}"
