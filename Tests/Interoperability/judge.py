"""Judges a fused model: exact weights, nothing else changed, valid, equivalent, and fused again the same."""

import numpy as np

from exact import assert_rounded, exact
from oracles import ORACLES, assert_equivalent, check, feeds_for, trusted
from preservation import assert_preserved
from tracing import is_norm, scopes, trace


def stored_bias(after, shape):
    """The bias that a fused operator and what follows it add, as one array of stored elements."""
    assert len(after.biases) <= 1, f"{after.node.name!r} keeps {len(after.biases)} biases"
    if not after.biases:
        return np.zeros(shape, after.weight.dtype)
    assert after.beta == 1, f"{after.node.name!r} keeps beta {after.beta}"
    return np.broadcast_to(after.biases[0], shape)


def assert_fold(before, after):
    """The stored weight and bias are the exact fold, rounded once; returns the largest errors in ulp."""
    name = before.node.name
    assert "BatchNormalization" not in after.through, f"{name!r} still has a norm behind it"
    assert after.alpha == 1, f"{name!r} keeps alpha {after.alpha}"
    assert after.weight.dtype == before.weight.dtype, f"the weight of {name!r} became {after.weight.dtype}"
    assert after.weight.shape == before.weight.shape
    bias = stored_bias(after, before.affine.shift.shape)
    assert bias.dtype == before.weight.dtype, f"the bias of {name!r} is {bias.dtype}"
    weight_error = assert_rounded(after.weight, before.exact_weight, f"weight of {name!r}")
    return weight_error, assert_rounded(bias, before.affine.shift, f"bias of {name!r}")


def assert_exact(original, fused):
    """Every norm that is gone is, exactly, in the operator that now writes its output.

    Returns the pairs of traces (before, after).
    """
    pairs = []
    for before, after in zip(scopes(original), scopes(fused), strict=True):
        gone = {n.output[0] for n in before.graph.node if is_norm(n)} - {
            n.output[0] for n in after.graph.node if is_norm(n)
        }
        for value in gone & after.writers.keys():
            pair = trace(before, value), trace(after, value)
            pair[1].errors = assert_fold(*pair)
            pairs.append(pair)
        lost = gone.difference(*(b.norms for b, _ in pairs))
        assert not lost, f"norms are gone without a fold: {sorted(lost)}"
    return pairs


def assert_certified(pairs, report):
    """The certificates hold: errors in ulp within their claim, and the output bound above the true deviation."""
    folds = {}
    for fold in report["folds"]:
        folds.setdefault(fold["batchNorm"], []).append(fold["certificate"])
    for before, after in pairs:
        value = before.norms[-1]
        assert value in folds, f"the report has no fold for {value!r}"
        weight, bias = after.errors
        limit = 1.0 if after.weight.dtype == np.float64 else 0.5
        for certificate in folds[value] if len(folds[value]) == 1 else []:
            assert weight <= certificate["maxWeightUlp"] + 1e-6 and certificate["maxWeightUlp"] <= limit + 1e-6
            assert bias <= certificate["maxBiasUlp"] + 1e-6 and certificate["maxBiasUlp"] <= limit + 1e-6
            bound = certificate["outputBound"]
            per_input, constant = true_bound(before, after)
            assert bound["perUnitInput"] >= per_input * (1 - 1e-9), f"{bound} but the weights deviate by {per_input}"
            assert bound["constant"] >= constant * (1 - 1e-9), f"{bound} but the bias deviates by {constant}"


def true_bound(before, after):
    """The largest sum over a channel of the weights' deviations, and the largest deviation of a bias."""
    errors = np.abs(exact(after.weight) - before.exact_weight)
    if before.node.op_type == "ConvTranspose":  # not every element meets every output, so take a lower bound
        per_input = max(errors.reshape(-1), default=0)
    else:
        per_input = max(errors[before.channels == c].sum() for c in range(before.axis_shape[1]))
    bias = exact(stored_bias(after, before.affine.shift.shape))
    return float(per_input), float(max(np.abs(bias - before.affine.shift).reshape(-1), default=0))


def judge(original, result, folded=None, declined=None, feeds=None, oracles=tuple(ORACLES), checked=True):
    """The whole judgement of one successful run of the command.

    `folded` is the expected number of folds, `declined` the expected codes, each a code or a set of allowed ones;
    `oracles` may run the models: without any, nothing is compared by running.
    """
    assert result.exit == 0, f"exit {result.exit}: {result.stderr}"
    if folded is not None:
        found = result.report["summary"]["folded"]
        codes = [d["code"] for d in result.report["declined"]]
        assert found == folded, f"{found} folded instead of {folded}; declined {codes}"
    if declined is not None:
        assert_codes([d["code"] for d in result.report["declined"]], declined)
    fused = result.model
    pairs = assert_exact(original, fused)
    gone = sum(len(before.norms) for before, _ in pairs)
    assert gone == result.report["summary"]["folded"], f"{gone} norms are gone, {result.report['summary']} reported"
    if gone == 0:
        assert result.data == result.input, "nothing was folded but the bytes changed"
    assert_preserved(original, fused, pairs)
    assert_certified(pairs, result.report)
    if checked:
        check(fused, like=original)
    if oracles:
        result.oracles = assert_equivalent(original, fused, feeds, names=oracles)
    return pairs


def assert_codes(found, expected):
    """The decline codes are the expected ones, in any order; each expectation is a code or a set of codes."""
    rest = list(found)
    for wanted in expected:
        allowed = {wanted} if isinstance(wanted, str) else set(wanted)
        match = next((code for code in rest if code in allowed), None)
        assert match is not None, f"declined with {found}, expected {expected}"
        rest.remove(match)
    assert not rest, f"declined with {found}, expected {expected}"


def assert_unchanged(original, result, *codes, runs=False):
    """Nothing folded: the expected codes, and the very same bytes; `runs` shows that the case is a working model."""
    assert result.exit == 0, f"exit {result.exit}: {result.stderr}"
    assert_codes([d["code"] for d in result.report["declined"]], codes)
    assert result.report["summary"]["folded"] == 0
    assert result.data == original.SerializeToString(), "the bytes changed"
    if runs:
        trusted(original, feeds_for(original))
