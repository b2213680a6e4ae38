"""Judges random components, many in one run of the command, and cuts a failing one down."""

import json
import re
from collections import Counter

import numpy as np
import onnx

from choices import shrunk
from command import run
from model_text import model_text
from oracles import attempt, deviation
from random_components import component, together
from surroundings import norm_values

ALLOWED = {"float32": 5e-4, "float64": 1e-9, "float16": 0.05}


def fused(model, options, folder):
    """The fused model and its report; a fused model that is fused again must not change."""
    source, target, report, twice = (folder / name for name in ("in.onnx", "out.onnx", "report.json", "twice.onnx"))
    source.write_bytes(model.SerializeToString())
    for path in (target, report, twice):
        path.unlink(missing_ok=True)
    done = run(source, "-o", target, "--report", report, "--quiet", *options)
    assert done.exit == 0, f"exit {done.exit}: {done.stderr}"
    again = run(target, "-o", twice, "--quiet", *options)
    assert again.exit == 0, f"the fused model: exit {again.exit}: {again.stderr}"
    assert target.read_bytes() == twice.read_bytes(), "a fused model does not fuse to itself"
    return onnx.load(target), json.loads(report.read_text("utf-8"))


def assert_expected(each, left, codes):
    """Of the norms of a component those are left that must be, and with the right codes."""
    for name, rules in each.folds.items():
        assert name not in left, f"{name!r} must fold ({sorted(rules)}) and stays: {codes.get(name)}"
    for name, allowed in each.stays.items():
        assert name in left, f"{name!r} must stay ({sorted(allowed)}) and is gone"
        code = codes.get(name, (None,))
        assert code[0] in allowed, f"{name!r} stays with {code} instead of {sorted(allowed)}"
    for names in each.groups:
        staying = left.intersection(names)
        assert len(staying) == 1, f"of {names} one must stay, not {sorted(staying)}"


def assert_same(components, model, result, feeds):
    """Both models give the same outputs; says by which evaluator, if any can run them."""
    for oracle in ("onnxruntime", "own"):
        before = attempt(oracle, model, feeds)
        if before is None:
            continue
        after = attempt(oracle, result, feeds)
        assert after is not None, f"{oracle} runs the original, but not the fused model"
        for value, a, b in zip(model.graph.output, before, after, strict=True):
            found = deviation(a, b)
            assert found <= ALLOWED[components[0].dtype], f"{oracle}: {value.name!r} is {found:.3g} off"
        return oracle
    return "nothing"


def judge_components(components, folder):
    """The whole judgement of components in one model; gives the rules and codes that were met, and who judged."""
    model, feeds, options = together(components)
    result, report = fused(model, options, folder)
    left = set(norm_values(result))
    codes = {entry["batchNorm"]: (entry["code"], entry["reason"]) for entry in report["declined"]}
    rules, met = Counter(), Counter()
    for each in components:
        assert_expected(each, left, codes)
        rules.update(rule for found in each.folds.values() for rule in found)
        rules.update("merged" for _ in each.groups)
        met.update(codes[name][0] for name in each.stays)
    return rules, met, assert_same(components, model, result, feeds)


def failure(recipe, opset, dtype, folder):
    """The component of a recipe and why it fails, or None."""
    built = component(recipe, opset, dtype)
    try:
        judge_components([built], folder)
    except Exception as error:  # whatever goes wrong is what is looked for
        return built, error
    return None


def explained(components, error, folder, seconds=60):
    """A component that fails by itself, best as all together do, cut down and as text; or that none does."""
    failing = []
    for each in components:
        found = failure(list(each.choices.taken), each.opset, each.dtype, folder)
        if found is not None:
            failing.append((kind_of(found[1]) != kind_of(error), each.number, each, found[1]))
    if not failing:
        return "no component fails by itself, only all together"
    _, number, each, error = min(failing, key=lambda entry: entry[:2])

    def fails(smaller):
        again = failure(smaller, each.opset, each.dtype, folder)
        return list(again[0].choices.taken) if again and kind_of(again[1]) == kind_of(error) else None

    smallest = shrunk(list(each.choices.taken), fails, seconds)
    built, error = failure(smallest, each.opset, each.dtype, folder)
    text = model_text(together([built])[0])
    return f"{len(failing)} fail; component {number} ({each.dtype}), cut down: {error}\nrecipe {smallest}\n{text}"


def kind_of(error):
    """What an error is about, without names and numbers: its first words, and the codes that it tells."""
    words = [word for word in str(error).split() if word.isalpha()]
    return type(error).__name__, tuple(words[:4]), tuple(re.findall(r"'([a-z]+(?:-[a-z]+)+)'", str(error)))
