"""Folds that half precision could not store: they are balanced with a neighbour or declined, and never do harm."""

import numpy as np
import pytest

from builders import TYPES
from flow import Flow
from numeric import Evaluator
from oracles import attempt
from surroundings import assert_case, case

C = 4
NO_ROOM = "overflows-storage"
# Scales of about 700 to 900: weights of 100 become 80,000, the outputs some tens.
STEEP = {"variance": np.linspace(1.2e-6, 2e-6, C), "epsilon": 1e-8, "gamma": np.ones(C), "mean": np.zeros(C)}


def steep(*between, tail=None, dtype="float16", head=None):
    """Conv of weights about 100 → a norm of a tiny variance → what is between → Conv of weights about 0.01."""
    flow = Flow((1, 3, 6, 6), dtype=dtype, opset=17)
    if head:
        head(flow)
    flow.conv(C, 3, weight=flow.random.uniform(-120, 120, [C, flow.channels, 3, 3]), bias=False)
    flow.bn(beta=np.linspace(-1, 1, C), **STEEP)
    for operator, *operands in between:
        attributes = operands.pop() if operands and isinstance(operands[-1], dict) else {}
        flow.step(operator, *operands, **attributes)
    if tail is not None:
        tail(flow)
    return flow.done()


def end(flow):
    flow.conv(2, 1, weight=flow.random.uniform(-0.01, 0.01, [2, C, 1, 1]), bias=False)


def small_head(flow):
    flow.conv(3, 1, weight=flow.random.uniform(-0.3, 0.3, [3, 3, 1, 1]), bias=False).step("Relu")


FEEDS = {"x": np.random.default_rng(2).uniform(-1e-3, 1e-3, (1, 3, 6, 6)).astype(np.float16)}
LET_THROUGH = {
    "Relu": [("Relu",)],
    "LeakyRelu": [("LeakyRelu", {"alpha": 0.25})],
    "PRelu": [("PRelu", np.full([C, 1, 1], 0.25))],
    "MaxPool": [("MaxPool", {"kernel_shape": [2, 2]})],
    "AveragePool": [("AveragePool", {"kernel_shape": [2, 2]})],
    "Relu and MaxPool": [("Relu",), ("MaxPool", {"kernel_shape": [2, 2]})],
}
STOP = {
    "Clip": [("Clip", np.float16(0), np.float16(6))],
    "Sigmoid": [("Sigmoid",)],
    "HardSwish": [("HardSwish",)],
    "Tanh": [("Tanh",)],
}


def half(name, build, folded=0, declined=(), **expected):
    return case(name, build, folded, declined, oracles=(), feeds=FEEDS, direction=None, **expected)


def gamma(value, dtype="float16", tail=None):
    """A norm whose scales bring the weights near the least or the largest number of the type."""
    flow = Flow((1, 3, 6, 6), dtype=dtype, opset=22).conv(C, 3, bias=False).bn(
        gamma=np.full(C, value), variance=np.ones(C), shift=False)
    if tail:
        tail(flow.step("Relu"))
    return flow.done(ir=10)


HALF = [
    *(half(f"{name} and a Conv", lambda b=between: steep(*b, tail=end), 1, otherwise=(NO_ROOM,)) for name,
           between in LET_THROUGH.items()),
    *(half(f"{name} and a Conv", lambda b=between: steep(*b, tail=end), 0, NO_ROOM) for name, between in STOP.items()),
    half("a Conv at once", lambda: steep(tail=end), 1, otherwise=(NO_ROOM,)),
    half("nothing", lambda: steep(), 0, NO_ROOM),
    half("Relu, which is an output", lambda: steep(("Relu",)), 0, NO_ROOM),
    half("nothing, with a layer before", lambda: steep(head=small_head), 1, otherwise=(NO_ROOM,)),
    half("Sigmoid, with a layer before", lambda: steep(("Sigmoid",), head=small_head), 1, otherwise=(NO_ROOM,)),
]  # fmt: skip


def assert_harmless(expected, allowed):
    """What the fused model stores and computes is finite, and within a share of the original's exact outputs."""
    model = expected.build()
    result = assert_case(expected)
    feeds = expected.feeds or {}
    truth = [np.asarray(value, np.float64) for value in Evaluator(model).run(feeds)]
    for oracle in ("own", "onnxruntime", "reference"):
        before = attempt(oracle, model, feeds)
        if before is None:
            continue
        after = attempt(oracle, result.model, feeds)
        for wanted, old, new in zip(truth, before, after, strict=True):
            error = share(new, wanted)
            assert error <= allowed + share(old, wanted), f"{oracle}: {error:.3g} off"


def share(value, wanted):
    """The largest error as a share of the largest value; infinite where something is not finite."""
    error = np.abs(np.asarray(value).astype(np.float64) - wanted).max() / np.abs(wanted).max()
    return error if np.isfinite(error) else np.inf


@pytest.mark.parametrize("expected", HALF, ids=str)
def test_a_fold_that_would_overflow_is_balanced_or_declined(expected):
    assert_harmless(expected, 0.01)


@pytest.mark.parametrize(("dtype", "allowed"), [("float16", 0.005), ("bfloat16", 0.04)])
@pytest.mark.parametrize("gamma_of", [1e-3, 1.0])
def test_a_variance_near_0_folds_exactly_where_it_fits(dtype, allowed, gamma_of):
    """var ~ 1e-7 with an epsilon of 1e-8: arithmetic in half precision is 8 % off."""
    statistics = {"variance": np.array([1.2e-7, 2e-7, 6e-8, 3e-7]), "epsilon": 1e-8, "mean": np.zeros(C)}

    def build():
        flow = Flow((1, 3, 6, 6), dtype=dtype, opset=22)
        flow.conv(C, 3, weight=flow.random.uniform(-0.5, 0.5, [C, 3, 3, 3]), bias=False)
        return flow.bn(gamma=np.full(C, gamma_of), beta=np.zeros(C), **statistics).done(ir=10)

    feeds = {"x": FEEDS["x"].astype(TYPES[dtype][0])}
    assert_harmless(case("tiny variance", build, 1, oracles=(), feeds=feeds), allowed)


@pytest.mark.parametrize("value", [1e-4, 6e-8])
@pytest.mark.parametrize("tail", [None, end], ids=["output", "conv"])
def test_a_fold_that_would_lose_its_digits_does_no_harm(value, tail):
    """Weights of about 1e-7 are subnormal in half precision: one or two digits are left of them."""
    build = lambda: gamma(value, tail=tail)  # noqa: E731
    feeds = {"x": np.random.default_rng(2).uniform(-1, 1, (1, 3, 6, 6)).astype(np.float16)}
    assert_harmless(case("underflow", build, 1, oracles=(), feeds=feeds, otherwise=(NO_ROOM,)), 0.01)
