"""Thousands of random graphs a run: norms in every surrounding, nested, with shared constants, beside one another.

The seed is printed; BNFUSE_SEED repeats a run. A graph that fails is cut down and printed.
"""

import os
from collections import Counter

import numpy as np
import pytest

from choices import Choices, shrunk
from random_causes import CAUSES
from random_components import Component
from random_judge import explained, judge_components
from test_random_graphs import print_table

SEED = int(os.environ.get("BNFUSE_SEED", "20"))
GRAPHS = int(os.environ.get("BNFUSE_GRAPHS", "7500"))
BATCH = 40
LEAST = 20
OPSETS = [13, 17, 20, 11]
TYPES = ["float32"] * 8 + ["float64", "float16"]

PRODUCERS = [
    "Conv", "Conv 1-D", "computed Conv", "grouped Conv", "ConvTranspose", "Gemm", "MatMul", "MatMul and Add", "left MatMul",
]  # fmt: skip
PASSED = [
    "Identity", "Dropout", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Slice of channels",
    "AveragePool", "AveragePool with pads", "AveragePool that counts pads", "GlobalAveragePool", "MaxPool",
    "GlobalMaxPool", "Resize nearest", "Resize linear", "Pad", "Pad with zeros", "Gather", "Gather of channels", "Tile",
    "Expand", "ReduceMean", "ReduceMax",
]  # fmt: skip
RULES = [
    *(f"{direction} / {what}" for direction in ("backward", "forward") for what in [*PRODUCERS, *PASSED]),
    *(f"backward / {what}" for what in (
        "quantized Conv", "MatMul and Transpose", "Reshape that gathers", "Split", "Split of channels", "DepthToSpace",
        "Mul of a constant", "Add of a constant", "Sub of a constant", "Div of a constant", "BatchNormalization", "Add",
        "Sub", "Sum", "Concat", "Concat along the image", "sum with an identity", "Cast",
    )),
    "forward / SpaceToDepth", "forward / several readers", "sideways / Conv", "sideways / grouped Conv",
    "sideways / a second norm", "merged", "twins", "a norm of a constant", "backward / out of a body",
    "forward / into a body", "a body that is known to run",
]  # fmt: skip
CODES = sorted({"padding-with-shift" if cause == "padding-before" else cause for cause in CAUSES} - {"negative-scale"})


def batches(seed):
    """Components by the batch: all of one have an opset and an element type in common."""
    random = np.random.default_rng(seed)
    for first in range(0, GRAPHS, BATCH):
        opset, dtype = OPSETS[first // BATCH % len(OPSETS)], TYPES[int(random.integers(len(TYPES)))]
        numbers = range(first, min(first + BATCH, GRAPHS))
        yield [Component(Choices([seed, number]), opset, dtype, number) for number in numbers]


@pytest.fixture(scope="module")
def met():
    return Counter(), Counter(), Counter()


def test_random_components_fold_as_they_must_and_compute_the_same(met, tmp_path):
    rules, codes, oracles = met
    print(f"seed {SEED}, {GRAPHS} graphs")
    for components in batches(SEED):
        try:
            found = judge_components(components, tmp_path)
        except Exception as error:
            error.add_note(f"seed {SEED}, opset {components[0].opset}: {explained(components, error, tmp_path)}")
            raise
        rules.update(found[0])
        codes.update(found[1])
        oracles[f"{found[2]}, {components[0].dtype}"] += len(components)


def test_every_rule_and_every_cause_was_met_often_enough(met):
    rules, codes, oracles = met
    if not rules:
        pytest.fail("the random graphs have not run to their end")
    print_table("rules met", RULES, rules)
    print_table("decline codes met", CODES, codes)
    print_table("graphs judged by", sorted(oracles), oracles)
    counts = {rule: rules[rule] for rule in RULES} | {code: codes[code] for code in CODES}
    rare = {row: count for row, count in counts.items() if count < LEAST}
    assert not rare, f"met less than {LEAST} times: {rare}"


def test_a_failing_recipe_is_cut_down_to_what_fails():
    """The failure: two numbers above 50, one behind the other."""

    def fails(recipe):
        return recipe if any(a > 50 and b > 50 for a, b in zip(recipe, recipe[1:])) else None

    recipe = [int(n) for n in np.random.default_rng(3).integers(0, 100, 200)]
    smallest = shrunk(recipe, fails)
    assert len(smallest) == 2 and fails(smallest)
    assert sum(smallest) < 202


def test_the_same_choices_make_the_same_component():
    for seed in range(20):
        made = Component(Choices([SEED, seed]), 17, "float32", 1)
        again = Component(Choices(recipe=list(made.choices.taken)), 17, "float32", 1)
        assert [n.SerializeToString() for n in made.nodes] == [n.SerializeToString() for n in again.nodes]
        assert made.choices.taken == again.choices.taken
