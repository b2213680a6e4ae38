"""Norms behind MatMul of every rank, with and without an Add, where the axis of channels proves right."""

import numpy as np
import pytest

from flow import HERE, Flow, ints, k
from surroundings import AXIS, NOWHERE, assert_case, case

C = 4
LOST = AXIS | {NOWHERE}


def right(shape, outputs=C):
    """MatMul with a constant right operand on an activation, whose last axis it contracts."""
    return Flow(shape).matmul(outputs, shape[-1])


def left(shape, outputs=C):
    return Flow(shape).matmul(outputs, shape[-2], left=True)


def batched(shape, weight, first=False):
    """MatMul with a weight that has batch axes of its own."""
    flow = Flow(shape)
    return flow.step("MatMul", *([k(*weight), HERE] if first else [k(*weight)]), channels=C)


FOLDING = [
    case("rank 2", lambda: right([C, 3]).bn().done(), 1, becomes="MatMul Add"),
    case("rank 2 without shift", lambda: right([C, 3]).bn(shift=False).done(), 1, becomes="MatMul"),
    case("rank 2, then Add", lambda: right([C, 3]).step("Add", k(C)).bn().done(), 1, becomes="MatMul Add"),
    case("rank 2, then Add with the constant first", lambda: right([C, 3]).step("Add", k(1, C), HERE).bn().done(), 1,
         becomes="MatMul Add"),
    case("rank 2, then Add of a scalar", lambda: right([C, 3]).step("Add", k()).bn().done(), 1, becomes="MatMul Add"),
    case("rank 2, then Add and a Transpose and back", lambda: right([C, 3]).step("Add", k(C)).step("Transpose")
         .step("Transpose").bn().done(), 1),
    case("an MLP of MatMul, Add, BN and Relu", lambda: right([5, 3], 8).step("Add", k(8)).bn().step("Relu").matmul(6)
         .step("Add", k(6)).bn().step("Relu").done(), 2, becomes="MatMul Add Relu MatMul Add Relu"),
    *[case(f"behind {name} of onnxruntime", lambda name=name: foreign(name, "com.microsoft"), 1,
           becomes=f"{name} MatMul Add", oracles=("onnxruntime",)) for name in ("FastGelu", "Gelu", "QuickGelu")],
    case("a batch of unknown size", lambda: Flow(["N", 3]).matmul(C, 3).step("Add", k(C)).bn().done(), 1,
         becomes="MatMul Add"),
    case("left, rank 3", lambda: left([2, 3, 5]).bn().done(), 1, becomes="MatMul Add"),
    case("left, rank 3, then Add", lambda: left([2, 3, 5]).step("Add", k(C, 1)).bn().done(), 1, becomes="MatMul Add"),
    case("left, rank 3, as many times as channels", lambda: left([C, 3, C]).step("Add", k(1, C, 1), HERE).bn().done(),
         1, becomes="MatMul Add"),
    case("left, rank 3, of a weight with a batch axis of 1", lambda: batched([2, 3, 5], (1, C, 3), first=True).bn()
         .done(), 1),
    case("left, rank 3, of a weight for each of the batch", lambda: batched([2, 3, 5], (2, C, 3), first=True).bn()
         .done(), 1),
    case("right, rank 4, a matrix for each channel", lambda: batched([2, C, 5, 3], (C, 3, 6)).bn(C).done(), 1,
         becomes="MatMul Add"),
    case("right, rank 4, a matrix for each channel, of one for all", lambda: batched([2, 1, 5, 3], (1, C, 3, 6)).bn(C)
         .done(), 1, becomes="MatMul Add"),
    case("right, rank 4, a matrix for each channel of a matrix", lambda: batched([5, 3], (1, C, 3, 6)).bn(C)
         .done(), 1, becomes="MatMul Add"),
    case("left, rank 4, a matrix for each channel", lambda: batched([2, C, 3, 6], (C, 5, 3), first=True).bn(C).done(),
         1, becomes="MatMul Add"),
    case("right, rank 4, then Transpose", lambda: right([2, C, C, 3]).step("Add", k(C)).step("Transpose",
         perm=[0, 3, 1, 2]).bn().done(), 1, becomes="MatMul Add Transpose"),
    case("right, rank 3, of a weight with a batch axis of 1, then Transpose", lambda: batched([2, C, 3], (1, 3, C))
         .step("Transpose", perm=[0, 2, 1]).bn().done(), 1),
    case("right, rank 3, then Reshape to rank 2", lambda: right([2, C, 3]).step("Add", k(C)).step("Reshape", ints(-1,
         C)).bn().done(), 1, becomes="MatMul Add Reshape"),
    case("an activation of rank 2 behind Flatten, whose rank nothing else tells", lambda: unranked().done(rank=2), 1,
         feeds={"x": np.ones((C, 3), np.float32), "shape": ints(C, 3)}),
]  # fmt: skip


def unranked():
    """Flatten gives rank 2 whatever it reads."""
    flow = Flow([C, 3])
    flow.input("shape", ["rank"], "int64")
    return flow.step("Reshape", "shape").step("Flatten").matmul(C, 3).bn()


STAYING = [
    case("right, rank 3, as many times as channels", lambda: right([2, C, 3]).bn(C).done(), 0, LOST),
    case("right, rank 3, as many times as channels, then Add", lambda: right([2, C, 3]).step("Add", k(C)).bn(C).done(),
         0, LOST),
    case("right, rank 4, a matrix for each of the batch and each channel", lambda: batched([2, C, 5, 3], (2, C, 3, 6))
         .bn(C).done(), 0, LOST),
    case("right, rank 3, as large a batch as channels", lambda: right([C, C, 3]).bn(C).done(), 0, LOST),
    case("right, rank 3, of other times", lambda: right([2, 5, 3]).bn(5).done(), 0, LOST),
    case("right, rank 3, then Add along times", lambda: right([2, C, 3]).step("Add", k(C, 1)).bn(C).done(), 0, LOST),
    case("right, rank 4, as many of each axis", lambda: right([C, C, C, 3]).bn(C).done(), 0, LOST),
    case("left, rank 4, as many of each axis", lambda: left([C, C, 3, C]).bn(C).done(), 0, LOST),
    case("left, rank 2, as large a batch as channels", lambda: left([3, C]).bn(C).done(), 0, LOST),
    # The Add is no map per channel, but a branch of the sum that is constant.
    case("left, rank 3, then Add along times", lambda: left([2, 3, C]).step("Add", k(C)).bn(C).done(), 1,
         otherwise=(LOST,)),
    case("left, rank 3, then Transpose", lambda: left([2, 3, C]).step("Transpose", perm=[0, 2, 1]).bn(C).done(), 0,
         LOST),
    case("right, rank 2, then Transpose", lambda: right([C, 3]).step("Transpose").bn(C).done(), 0, LOST),
    case("right, of a rank that is not known", lambda: of_any_rank().done(rank=2), 0, "rank-unknown",
         feeds={"x": np.ones((C, 3), np.float32), "shape": ints(C, 3)}),
    case("behind another operator of onnxruntime", lambda: foreign("Inverse", "com.microsoft"), 0, "rank-unknown",
         oracles=()),
    case("behind another domain's Gelu", lambda: foreign("Gelu", "elsewhere"), 0, "rank-unknown", oracles=()),
    case("of two activations", lambda: two_activations(), 0, frozenset({"weight-not-constant", NOWHERE})),
]  # fmt: skip


def foreign(operator, domain):
    """An operator that no specification of ONNX has, then MatMul and a norm."""
    flow = Flow([C, 3]).step(operator, domain=domain)
    return flow.matmul(C, 3).bn(C).done(rank=2, domains=[domain])


def of_any_rank():
    flow = Flow([C, 3])
    flow.input("shape", ["rank"], "int64")
    return flow.step("Reshape", "shape").matmul(C, 3).bn(C)


def two_activations():
    flow = Flow([C, 3])
    flow.input("z", [3, C])
    return flow.step("MatMul", "z", channels=C).bn().done()


@pytest.mark.parametrize("expected", FOLDING, ids=str)
def test_norms_whose_axis_is_that_of_the_matrix(expected):
    assert_case(expected)


@pytest.mark.parametrize("expected", STAYING, ids=str)
def test_norms_whose_axis_only_has_its_length(expected):
    assert_case(expected)
