"""A wrong fold is found: by the certificate in every stored element, by the run where it moves a channel enough."""

import copy
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper

from checking import RUN_ALONE, checked, fused, saved, together
from mutations import KINDS, Model
from networks import network

MODELS = 40
PER_KIND = 10
# A channel that moves by so many yardsticks must be found.
MOVES = 10


@dataclass
class Mutation:
    kind: str
    value: str
    path: object
    changed: dict
    movement: np.ndarray


def channel_maxima(array):
    """The largest magnitude of each channel, the second axis."""
    return np.abs(np.moveaxis(array, 1, 0).reshape(array.shape[1], -1)).max(axis=1)


def movement(operator, right, activation):
    """By how much each channel of the operator's output moves on an activation.

    The operator is linear: what it makes of the difference of both parameters is the difference of what it makes,
    and single precision is then enough.
    """
    weight, bias = operator.weight - right.weight, operator.bias - right.bias
    kind = onnx.TensorProto.FLOAT
    node = copy.deepcopy(operator.node)
    node.input[:], node.output[:] = ["x", "w", "b"], ["y"]
    graph = helper.make_graph(
        [node], "one", [helper.make_tensor_value_info(name, kind, None) for name in "xwb"],
        [helper.make_tensor_value_info("y", kind, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return channel_maxima(session.run(None, {"x": activation, "w": weight, "b": bias})[0])


def activations(model, data):
    """Every value of the fused model on recorded inputs, by onnxruntime."""
    exposed = onnx.ModelProto.FromString(model.SerializeToString())
    names = [node.output[0] for node in exposed.graph.node]
    del exposed.graph.output[:]
    exposed.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(exposed.SerializeToString(), providers=["CPUExecutionProvider"])
    return {"x": data, **dict(zip(names, session.run(None, {"x": data})))}


def mutations(folder, seed, count):
    """Some mutations of one model, each with what it changed and moved; and how many changed no stored bit."""
    original = saved(network(seed), folder / "model.onnx")
    model = Model(original, fused(original, folder / "fused.onnx"))
    shape = [size.dim_value for size in model.original.graph.input[0].type.tensor_type.shape.dim]
    data = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    (folder / "data").mkdir()
    np.save(folder / "data" / "input_0.npy", data)
    values = activations(model.fused, data)
    found, without_effect = [], 0
    for kind in KINDS:
        for index in range(count):
            random = np.random.default_rng([seed, index])
            right = model.operators[random.integers(len(model.operators))]
            operator = copy.deepcopy(right)
            kind(operator, random)
            changed = {}
            for name, now, then in ((right.weight_name, operator.weight, right.weight),
                                    (right.bias_name, operator.bias, right.bias)):
                ulps = np.abs(now.astype(np.float64) - then) / np.spacing(np.abs(then))
                changed[name] = ulps.ravel()
            if not any(ulps.any() for ulps in changed.values()):
                without_effect += 1
                continue
            path = saved(model.changed(operator), folder / f"{kind.__name__}-{index}.onnx")
            moved = movement(operator, right, values[operator.node.input[0]])
            found.append(Mutation(kind.__name__, right.value, path, changed, moved))
    return original, folder / "data", found, without_effect


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    folders = [tmp_path_factory.mktemp(f"model{seed}") for seed in range(MODELS)]
    return together(lambda seed: mutations(folders[seed], seed, PER_KIND), range(MODELS))


def named(stored):
    """The places of the elements that a certificate says are beyond one unit."""
    return {place for run in stored["named"] for place in range(run["first"], run["first"] + run["count"])}


def test_the_certificate_names_every_element_that_changed(cases, rates):
    """Right elements are within half a unit of the exact fold: from 2 units on a change is named, without one not."""
    def judge(case):
        original, data, mutation = case
        status, check = checked(original, mutation.path, "--data", data, "--max-ulp", "1")
        fold = next(fold for fold in check["certification"]["folds"] if fold["value"] == mutation.value)
        wrong = []
        for stored in (fold["weight"], fold["bias"]):
            ulps = mutation.changed[stored["tensor"]]
            names = named(stored)
            assert stored["beyondOne"] == len(names)
            wrong += [f"{place} unnamed" for place in np.flatnonzero(ulps >= 2) if place not in names]
            wrong += [f"{place} named" for place in names if ulps[place] == 0]
            if ulps.max() >= 2.5:
                wrong += ["not different"] if status != 2 else []
        return f"{mutation.path}: {wrong[:3]}" if wrong else None

    judged = [(original, data, mutation) for original, data, found, _ in cases for mutation in found]
    wrong = [text for text in together(judge, judged) if text]
    rates["mutations whose every element the certificate names"] = f"{len(judged) - len(wrong)} of {len(judged)}"
    assert wrong == []


def test_the_run_alone_finds_what_moves_a_channel_by_ten_yardsticks(cases, rates):
    """The yardstick is the program's own, from what it says it allows; the movement is measured here."""
    def judge(case):
        original, data, mutation = case
        status, check = checked(original, mutation.path, "--data", data, *RUN_ALONE)
        drift = next(fold["drift"] for fold in check["foldLocal"] if fold["drift"]["name"] == mutation.value)
        channel = drift["worstChannel"] if drift["channels"] > 1 else int(mutation.movement.argmax())
        multiple = 8 if drift["worstPrecision"] == "float64" else 64
        is_large = mutation.movement[channel] >= MOVES * drift["allowed"] / multiple
        if status == 0:
            return "missed" if is_large else "small"
        is_there = check["reason"].startswith(f"value '{mutation.value}'")
        # What moves its own value by less may still be too much where a later norm enlarges it.
        return "found" if is_there or not is_large else "elsewhere"

    judged = [(original, data, mutation) for original, data, found, _ in cases for mutation in found]
    outcomes = together(judge, judged)
    counts = {word: outcomes.count(word) for word in ("found", "small", "missed", "elsewhere")}
    discarded = sum(without_effect for *_, without_effect in cases)
    rates["mutations found by the run alone"] = (
        f"{counts['found']} of {len(judged)}; {counts['small']} move no channel by {MOVES} yardsticks, "
        f"{counts['missed']} missed, {counts['elsewhere']} found elsewhere; {discarded} changed no stored bit")
    wrong = [f"{case[2].path} {outcome}" for case, outcome in zip(judged, outcomes) if outcome in ("missed", "elsewhere")]
    assert wrong == []
    assert counts["found"] > len(judged) / 2
