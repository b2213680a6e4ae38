"""Hundreds of random graphs a run: every outcome is known beforehand, every fold exact, every output the same.

The seed is printed; BNFUSE_SEED repeats a run.
"""

import os
from collections import Counter

import numpy as np
import pytest

from command import fuse
from judge import assert_codes, judge
from oracles import ORACLES
from random_graphs import CAUSES, OPSETS, RULES, RandomModel

SEED = int(os.environ.get("BNFUSE_SEED", "20"))
GRAPHS = 600
LEAST = 20


def deck(random, cards):
    """The cards over and over, each time shuffled anew, so that each comes up as often as the others."""
    while True:
        yield from (cards[i] for i in random.permutation(len(cards)))


def drawn(seed):
    """Graph after graph, each with three or four foldable norms and two that are not."""
    random = np.random.default_rng(seed)
    rules, causes = deck(random, RULES), deck(random, list(CAUSES))
    for number in range(GRAPHS):
        first = next(causes)
        opset = int(random.choice([o for o in OPSETS if o in CAUSES[first][0]]))
        dtype = str(random.choice(["float32", "float32", "float64", "float16"]))
        built = RandomModel([seed, number], opset, dtype)
        second = next(causes)
        fitting = [code for code in (first, second) if opset in CAUSES[code][0]]
        sites = [("decline", code) for code in fitting] + [("fold", next(rules)) for _ in range(3)]
        branches = opset >= 9 and random.random() < 0.4
        sites += [("fold_in_branches", next(rules))] if branches else []
        for index in random.permutation(len(sites)):
            kind, what = sites[index]
            getattr(built, kind)(what)
        yield number, built


def rule_of(before):
    """The row of the table that a fold belongs to, read from the original graph."""
    if len(before.norms) > 1:
        return before.kind, "BatchNormalization"
    between = before.through[:-1]
    return before.kind, between[0] if between else "nothing"


def agree(fold, before):
    """The report tells the same story as the graph."""
    assert fold["direction"] == "backward"
    assert any(into["operator"] == before.node.op_type and into["node"] == before.node.name for into in fold["into"])
    assert fold["channels"] == before.axis_shape[1]


def print_table(title, rows, counts):
    width = max(len(row) for row in rows)
    print(f"\n{title}")
    for row in rows:
        print(f"  {row:{width}}  {counts[row]:5}")


@pytest.fixture(scope="module")
def met():
    return Counter(), Counter(), Counter()


def test_random_graphs_fold_as_expected_and_compute_the_same(met):
    rules, codes, oracles = met
    print(f"seed {SEED}, {GRAPHS} graphs")
    for number, built in drawn(SEED):
        model = built.model()
        try:
            result = fuse(model, *built.options)
            pairs = judge(
                model, result, feeds=built.feeds, checked=built.runs, oracles=tuple(ORACLES) if built.runs else ()
            )
            found = [decline["code"] for decline in result.report["declined"]]
            assert_codes(found, built.expected)
            assert result.report["summary"]["folded"] == built.folds
            folds = {fold["batchNorm"]: fold for fold in result.report["folds"]}
            for before, _ in pairs:
                agree(folds[before.norms[-1]], before)
        except Exception as error:
            error.add_note(f"graph {number} of seed {SEED}: opset {built.opset}, {built.dtype}")
            if path := os.environ.get("BNFUSE_KEEP"):
                with open(path, "wb") as file:
                    file.write(model.SerializeToString())
            raise
        rules.update(f"backward / {kind} / {through}" for kind, through in (rule_of(before) for before, _ in pairs))
        codes.update(found)
        oracles.update(getattr(result, "oracles", ["nothing but the exact fold"]))


def test_every_rule_and_every_decline_code_was_met_often_enough(met):
    rules, codes, oracles = met
    if not rules:
        pytest.fail("the random graphs have not run to their end")
    wanted = [f"backward / {kind} / {through}" for kind, through in RULES]
    print_table("rules met", wanted, rules)
    print_table("decline codes met", list(CAUSES), codes)
    print_table("graphs judged by", sorted(oracles), oracles)
    counts = {row: rules[row] for row in wanted} | {code: codes[code] for code in CAUSES}
    rare = {row: count for row, count in counts.items() if count < LEAST}
    assert not rare, f"met less than {LEAST} times: {rare}"
